/** What can be done to a row: change it, and take it away. */
import { ActionIcon, Group } from "@mantine/core";
import { IconPencil, IconTrash } from "@tabler/icons-react";

interface Action {
  label: string;
  onClick: () => void;
}

export function RowActions({ change, remove }: { change: Action; remove: Action }) {
  return (
    <Group gap={4} justify="flex-end" wrap="nowrap">
      <ActionIcon variant="subtle" aria-label={change.label} onClick={change.onClick}>
        <IconPencil size={16} />
      </ActionIcon>
      <ActionIcon variant="subtle" color="red" aria-label={remove.label} onClick={remove.onClick}>
        <IconTrash size={16} />
      </ActionIcon>
    </Group>
  );
}

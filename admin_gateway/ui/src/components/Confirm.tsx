import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";

interface Props {
  opened: boolean;
  onClose: () => void;
  onConfirm: () => void;
  title: string;
  confirm: string;
  refuse?: string;
  isBusy?: boolean;
  children: ReactNode;
}

/** Asks before something that can't be undone, and says what stays. */
export function Confirm({ opened, onClose, onConfirm, title, confirm, refuse = "Keep it", isBusy = false, children }: Props) {
  return (
    <Modal opened={opened} onClose={onClose} title={title} centered closeButtonProps={{ "aria-label": "Close" }}>
      <Stack>
        <Text component="div" size="sm">
          {children}
        </Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            {refuse}
          </Button>
          <Button color="red" onClick={onConfirm} loading={isBusy}>
            {confirm}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

/** Who is looked for in answers: the brand by all its names, and its competitors. */
import { ActionIcon, Button, Card, Group, MultiSelect, SimpleGrid, Stack, TagsInput, Text, TextInput } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { IconPlus, IconTrash } from "@tabler/icons-react";

import type { Schemas } from "../api/client";
import { useCollectors } from "../api/queries";
import { engineChoices } from "./JobForm";

export interface BrandValues {
  name: string;
  aliases: string[];
  domains: string[];
  ai_models: string[];
  competitors: Required<Schemas["Competitor"]>[];
}

export function brandField(field: string): string | null {
  const top = /^(name|aliases|domains|ai_models|customer_id)\b/.exec(field);
  if (top) return top[1]!;
  const rival = /^competitors\[(\d+)\]\.(name|aliases|domains)/.exec(field);
  return rival ? `competitors.${rival[1]}.${rival[2]}` : null;
}

type Form = UseFormReturnType<BrandValues>;

export function BrandFields({ form }: { form: Form }) {
  return (
    <Stack gap="sm">
      <TextInput label="Brand" {...form.getInputProps("name")} required />
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <TagsInput label="Other names" description="as answers may spell it; Enter after each" {...form.getInputProps("aliases")} />
        <TagsInput label="Domains" description="its own sites, such as ledgerly.com" {...form.getInputProps("domains")} />
      </SimpleGrid>
    </Stack>
  );
}

export function EngineField({ form }: { form: Form }) {
  const collectors = useCollectors();
  return (
    <MultiSelect
      label="Engines"
      description="All that have a key, when left empty"
      data={engineChoices(collectors.data?.data ?? [])}
      {...form.getInputProps("ai_models")}
      clearable
    />
  );
}

/** What is typed stands beside the last name, not below it. */
const NARROW = { inputField: { minWidth: 24 } };

export function CompetitorFields({ form }: { form: Form }) {
  const add = () => form.insertListItem("competitors", { name: "", aliases: [], domains: [] });
  return (
    <Stack gap="sm">
      {form.values.competitors.length === 0 && (
        <Text size="sm" c="dimmed">
          Without competitors there is no share of voice. Names that often lead answers are suggested later.
        </Text>
      )}
      {form.values.competitors.map((_, i) => (
        <Card key={i} p="sm">
          <Group align="flex-start" wrap="nowrap">
            <SimpleGrid cols={{ base: 1, sm: 3 }} style={{ flex: 1 }}>
              <TextInput label="Competitor" {...form.getInputProps(`competitors.${i}.name`)} />
              <TagsInput label="Other names" styles={NARROW} {...form.getInputProps(`competitors.${i}.aliases`)} />
              <TagsInput label="Domains" styles={NARROW} {...form.getInputProps(`competitors.${i}.domains`)} />
            </SimpleGrid>
            <ActionIcon variant="subtle" color="red" mt={26} aria-label={`Remove competitor ${i + 1}`} onClick={() => form.removeListItem("competitors", i)}>
              <IconTrash size={16} />
            </ActionIcon>
          </Group>
        </Card>
      ))}
      <Group>
        <Button variant="light" leftSection={<IconPlus size={16} />} onClick={add}>
          Add a competitor
        </Button>
      </Group>
    </Stack>
  );
}

import { Alert, Button, Group, Table, Text } from "@mantine/core";

const FIELDS: Record<string, string> = {
  job_type: "What it does", cron_expression: "Cron expression", timezone: "Time zone", is_active: "Active", metadata: "Options",
  overlap_policy: "When due while a run is open", catch_up: "After an outage", jitter_seconds: "Jitter", max_attempts: "Attempts",
  timeout_seconds: "Time for an attempt", pause_after_failures: "Pause after failures", depends_on: "Runs only after", name: "Brand",
  aliases: "Other names", domains: "Domains", ai_models: "Engines", competitors: "Competitors", topics: "Topics and questions",
};

interface Props<T> {
  what: string;
  names: readonly (keyof T & string)[];
  theirs: T;
  mine: T;
  takeTheirs: () => void;
}

/** Two people edited one thing: both versions side by side, where they differ. */
export function Versions<T>({ what, names, theirs, mine, takeTheirs }: Props<T>) {
  const different = names.filter((name) => JSON.stringify(theirs[name]) !== JSON.stringify(mine[name]));
  return (
    <Alert color="yellow" title={`Somebody else changed this ${what} meanwhile`} role="alert">
      <Text size="sm">The form below holds your version. Saving it again puts it in the place of theirs.</Text>
      <Table.ScrollContainer minWidth={320}>
        <Table aria-label="Both versions">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Field</Table.Th>
              <Table.Th>Theirs</Table.Th>
              <Table.Th>Yours</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {different.map((name) => (
              <Table.Tr key={name} style={{ overflowWrap: "anywhere" }}>
                <Table.Td>{FIELDS[name] ?? name}</Table.Td>
                <Table.Td>{shown(theirs[name])}</Table.Td>
                <Table.Td>{shown(mine[name])}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <Group mt="sm">
        <Button variant="default" size="xs" onClick={takeTheirs}>
          Take theirs
        </Button>
      </Group>
    </Alert>
  );
}

function shown(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

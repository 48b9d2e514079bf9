import { Alert, Badge, Card, Code, Group, SimpleGrid, Stack, Text, Title } from "@mantine/core";

import type { Collector } from "../api/client";
import { useCollectors } from "../api/queries";
import { Fact, Moment, PageTitle } from "../components/bits";
import { LinkTo, Loaded } from "../components/states";
import { dollars } from "../lib/format";

export function Component() {
  const collectors = useCollectors();
  return (
    <>
      <PageTitle title="Engines">
        Who can be asked. A key is set in the worker&apos;s environment; it is never shown, and stored nowhere. Limits are in the{" "}
        <LinkTo to="/admin/settings">settings</LinkTo>.
      </PageTitle>
      <Loaded query={collectors} rows={6}>
        <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
          {collectors.data?.data.map((each) => <Engine key={each.name} of={each} />)}
        </SimpleGrid>
      </Loaded>
    </>
  );
}

function Engine({ of: engine }: { of: Collector }) {
  const bounds = [
    ...(engine.max_concurrent === null ? [] : [`${engine.max_concurrent} at once`]),
    ...(engine.max_per_minute === null ? [] : [`${engine.max_per_minute} a minute`]),
  ];
  const answered = engine.calls_last_day - engine.failures_last_day;
  return (
    <Card>
      <Group justify="space-between" mb="xs" wrap="nowrap" align="flex-start">
        <div>
          <Title order={2} size="h4">
            {engine.title}
          </Title>
          <Code>{engine.name}</Code>
        </div>
        <Badge color={engine.ready ? "teal" : "gray"} variant="light" tt="none" styles={{ label: { color: "var(--mantine-color-text)" } }}>
          {engine.ready ? "ready" : "no key"}
        </Badge>
      </Group>
      <Stack gap="xs">
        {engine.missing && <Text size="sm">{engine.missing}.</Text>}
        {engine.paused_until && (
          <Alert color="yellow" p="xs">
            Left in peace until <Moment at={engine.paused_until} mode="local" />: {engine.pause_reason}
          </Alert>
        )}
        {engine.is_emulated ? (
          <Text size="xs">Emulated: its answers are made up, and its costs are not paid.</Text>
        ) : (
          engine.base_url_overridden && <Text size="xs">Asked at an address of your own.</Text>
        )}
        <SimpleGrid cols={2} spacing="xs">
          <Fact label="Model">{engine.model || "–"}</Fact>
          <Fact label="Cost a call">{engine.typical_cost_micro_usd !== null ? dollars(engine.typical_cost_micro_usd) : engine.calls_last_day ? "price unknown" : "no call yet"}</Fact>
          <Fact label="Last 24 hours">
            {engine.calls_last_day ? `${answered} of ${engine.calls_last_day} answered` : "no call"}
          </Fact>
          <Fact label="Limits">
            {bounds.join(", ") || "none"}
          </Fact>
        </SimpleGrid>
      </Stack>
    </Card>
  );
}

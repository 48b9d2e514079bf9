import { Card, Group, Stack, Table, Text } from "@mantine/core";

import type { Run } from "../api/client";
import { dollars } from "../lib/format";
import { costOf, gainOf, tookOf } from "../lib/runs";
import { RUN_TYPES, TRIGGERS } from "../lib/words";
import { BrandName, Moment, RunProgress, Status } from "./bits";
import { LinkTo } from "./states";

export function RunTable({ runs, withBrand = false }: { runs: Run[]; withBrand?: boolean }) {
  return (
    <>
      <Table.ScrollContainer minWidth={720} visibleFrom="sm">
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Run</Table.Th>
              <Table.Th>Status</Table.Th>
              <Table.Th>Result</Table.Th>
              <Table.Th>Took</Table.Th>
              <Table.Th>Cost</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {runs.map((run) => (
              <Table.Tr key={run.id}>
                <Table.Td>
                  <Name run={run} withBrand={withBrand} />
                </Table.Td>
                <Table.Td maw={320}>
                  <State run={run} />
                </Table.Td>
                <Table.Td>{gainOf(run)}</Table.Td>
                <Table.Td>{tookOf(run)}</Table.Td>
                <Table.Td>{dollars(costOf(run))}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <Stack hiddenFrom="sm" gap="sm">
        {runs.map((run) => (
          <Card key={run.id}>
            <Name run={run} withBrand={withBrand} />
            <State run={run} />
            <Group gap="md" mt={4}>
              <Text size="xs">{gainOf(run)}</Text>
              <Text size="xs">{tookOf(run)}</Text>
              <Text size="xs">{dollars(costOf(run))}</Text>
            </Group>
          </Card>
        ))}
      </Stack>
    </>
  );
}

function Name({ run, withBrand }: { run: Run; withBrand: boolean }) {
  return (
    <div style={{ overflowWrap: "anywhere" }}>
      <LinkTo to={`/admin/runs/${run.id}`}>{withBrand ? <BrandName id={run.brand_id} /> : <Moment at={run.created_at} mode="local" />}</LinkTo>
      <Text size="xs" c="dimmed">
        {withBrand && (
          <>
            <Moment at={run.created_at} mode="local" /> ·{" "}
          </>
        )}
        {RUN_TYPES[run.job_type]} · {TRIGGERS[run.trigger]}
      </Text>
    </div>
  );
}

function State({ run }: { run: Run }) {
  return (
    <Stack gap={4}>
      <Group gap={6}>
        <Status of={run.status} />
        {run.attempt > 1 && (
          <Text size="xs" c="dimmed">
            attempt {run.attempt} of {run.max_attempts}
          </Text>
        )}
      </Group>
      {run.status === "processing" && <RunProgress run={run} />}
      {run.error_message && (
        <Text size="xs" lineClamp={2} style={{ overflowWrap: "anywhere" }}>
          {run.error_message}
        </Text>
      )}
    </Stack>
  );
}

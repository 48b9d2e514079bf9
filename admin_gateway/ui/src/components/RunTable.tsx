import { Card, Group, Stack, Table, Text } from "@mantine/core";

import type { Run } from "../api/client";
import { count, dollars, seconds } from "../lib/format";
import { JOB_TYPES, TRIGGERS } from "../lib/words";
import { BrandName, Moment, RunProgress, Status } from "./bits";
import { LinkTo } from "./states";

interface Metrics {
  data_collection?: { collector_results?: number; failed_executions?: number; cost_usd?: number; by_collector?: Record<string, { unknown: number }> };
  scoring?: { positions_processed?: number; sentiments_processed?: number; judge_cost_usd?: number };
}

export function costOf(run: Run): number {
  const metrics = run.metrics as Metrics;
  return Math.round(((metrics.data_collection?.cost_usd ?? 0) + (metrics.scoring?.judge_cost_usd ?? 0)) * 1_000_000);
}

export function tookOf(run: Run): string {
  if (!run.started_at || !run.finished_at) return "–";
  return seconds((new Date(run.finished_at).getTime() - new Date(run.started_at).getTime()) / 1000);
}

/** Calls that were under way when their worker stopped: nobody knows whether they were answered, and paid for. */
export function unknownCalls(run: Run): number {
  const engines = Object.values((run.metrics as Metrics).data_collection?.by_collector ?? {});
  return engines.reduce((sum, engine) => sum + engine.unknown, 0);
}

/** Whether a retry would find calls to make. */
export function isIncomplete(run: Run): boolean {
  const { data_collection: collected } = run.metrics as Metrics;
  return run.status !== "completed" || Boolean(collected?.failed_executions);
}

/** What a run brought, in a line. */
export function gainOf(run: Run): string {
  const { data_collection: collected, scoring } = run.metrics as Metrics;
  const said = [];
  if (collected) said.push(count(collected.collector_results ?? 0, "answer"));
  if (collected?.failed_executions) said.push(`${count(collected.failed_executions, "call")} without an answer`);
  if (scoring) said.push(`${scoring.positions_processed ?? 0} scored`);
  return said.join(", ") || "–";
}

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
        {JOB_TYPES[run.job_type]} · {TRIGGERS[run.trigger]}
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

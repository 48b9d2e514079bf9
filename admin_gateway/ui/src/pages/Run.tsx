import { Alert, Badge, Button, Card, SimpleGrid, Stack, Table, Text, Title } from "@mantine/core";
import { IconPlayerStop, IconRefresh } from "@tabler/icons-react";
import { useState } from "react";
import { useParams } from "react-router";

import { api, body, type Run } from "../api/client";
import { all, useBrandName, useCalls, useEngineTitles, useMay, useRun } from "../api/queries";
import { useAction } from "../components/actions";
import { Fact, Moment, PageTitle, RunProgress, Status } from "../components/bits";
import { Confirm } from "../components/Confirm";
import { RunAside } from "../components/SetAside";
import { Empty, LinkTo, Loaded, More } from "../components/states";
import { count, dollars, placeOf, seconds } from "../lib/format";
import { costOf, gainOf, isIncomplete, tookOf, unknownCalls } from "../lib/runs";
import { RUN_TYPES, optionsInWords, TRIGGERS } from "../lib/words";

/** What an error message of a run is about, by how the run ended. */
const WENT: Record<Run["status"], string> = {
  pending: "The attempt before",
  processing: "The attempt before",
  completed: "Not all of it went well",
  failed: "It failed",
  cancelled: "It was cancelled",
};

export function Component() {
  const { runId = "" } = useParams();
  const run = useRun(runId);
  return (
    <Loaded query={run}>
      {run.data && (
        <>
          <Head run={run.data} />
          {run.data.error_message && (
            <Alert color={run.data.status === "failed" ? "red" : "yellow"} mb="md" title={WENT[run.data.status]}>
              <Text size="sm" style={{ overflowWrap: "anywhere" }}>
                {run.data.error_message}
              </Text>
            </Alert>
          )}
          {run.data.is_test && (
            <Alert color="gray" mb="md">
              A test: it counts nowhere. What it cost was paid.
            </Alert>
          )}
          <RunAside run={run.data} />
          <Facts run={run.data} />
          <Engines run={run.data} />
          <Title order={2} size="h4" mt="lg" mb="sm">
            Calls
          </Title>
          <Calls run={run.data} />
        </>
      )}
    </Loaded>
  );
}

function Head({ run }: { run: Run }) {
  const mayRun = useMay("operator");
  const path = { params: { path: { run_id: run.id } } };
  const changes = () => [["run", run.id], ["runs"]];
  const cancel = useAction({
    run: () => body(api.POST("/api/admin/job-runs/{run_id}/cancel", path)),
    said: () => "The run is asked to stop; what it has stored stays.",
    changes,
  });
  const retry = useAction({
    run: () => body(api.POST("/api/admin/job-runs/{run_id}/retry", path)),
    said: () => "The run goes on; it asks only what is missing.",
    changes,
    onDone: () => setIsAsking(false),
  });
  const [isAsking, setIsAsking] = useState(false);
  const inDoubt = unknownCalls(run);
  const isOver = run.finished_at !== null;
  return (
    <PageTitle
      title={`Run of ${useBrandName(run.brand_id)}`}
      actions={
        mayRun &&
        (isOver ? isIncomplete(run) && (
          <Button
            variant="default"
            leftSection={<IconRefresh size={16} />}
            loading={retry.isPending}
            onClick={() => (inDoubt === 0 ? retry.mutate(undefined) : setIsAsking(true))}
          >
            Retry what is missing
          </Button>
        ) : (
          <Button
            color="red"
            variant="light"
            leftSection={<IconPlayerStop size={16} />}
            loading={cancel.isPending || run.cancel_requested}
            onClick={() => cancel.mutate(undefined)}
          >
            Cancel
          </Button>
        ))
      }
    >
      {RUN_TYPES[run.job_type]} · <LinkTo to={`/admin/brands/${run.brand_id}/answers?run_id=${run.id}`}>its answers</LinkTo> · <LinkTo to={`/admin/brands/${run.brand_id}`}>the brand&apos;s numbers</LinkTo>
      {run.scheduled_job_id && (
        <>
          {" "}
          · <LinkTo to={`/admin/scheduled-jobs/${run.scheduled_job_id}`}>its job</LinkTo>
        </>
      )}
      <Confirm
        opened={isAsking}
        onClose={() => setIsAsking(false)}
        onConfirm={() => retry.mutate(undefined)}
        isBusy={retry.isPending}
        title={inDoubt === null ? "Ask again?" : `Ask ${count(inDoubt, "call")} again?`}
        confirm="Retry"
        refuse="Leave it"
      >
        Of calls that were under way when the run stopped, an engine may have answered: it will be paid again.
      </Confirm>
    </PageTitle>
  );
}

function Facts({ run }: { run: Run }) {
  const titleOf = useEngineTitles();
  const lateness = run.started_at && run.trigger === "schedule" ? (Date.parse(run.started_at) - Date.parse(run.scheduled_for)) / 1000 : null;
  return (
    <Card>
      <SimpleGrid cols={{ base: 2, sm: 4 }} mb="sm">
        <Fact label="Status">
          <Status of={run.status} />
        </Fact>
        <Fact label="Attempt">
          {run.attempt} of {run.max_attempts}
        </Fact>
        <Fact label="Result">{gainOf(run)}</Fact>
        <Fact label="Cost">{dollars(costOf(run))}</Fact>
        <Fact label={run.trigger === "schedule" ? "Due" : `Asked for, ${TRIGGERS[run.trigger]}`}>
          <Moment at={run.scheduled_for} mode="local" />
        </Fact>
        <Fact label="Began">
          <Moment at={run.started_at} mode="local" /> {lateness !== null && <>({seconds(Math.max(lateness, 0))} after)</>}
        </Fact>
        <Fact label="Took">{tookOf(run)}</Fact>
        <Fact label="Worker">{run.worker_id ?? "–"}</Fact>
        {Object.keys(run.metadata).length > 0 && (
          <Fact label="Options">{optionsInWords(run.metadata, titleOf).join("; ")}</Fact>
        )}
      </SimpleGrid>
      <RunProgress run={run} />
    </Card>
  );
}

interface ByEngine {
  calls: number;
  attempts: number;
  successful: number;
  no_overview?: number;
  failed: number;
  unknown: number;
  waiting: number;
  cost_usd: number;
  is_price_known: boolean;
}

function Engines({ run }: { run: Run }) {
  const titleOf = useEngineTitles();
  const metrics = run.metrics as { data_collection?: { by_collector?: Record<string, ByEngine> } };
  const engines = Object.entries(metrics.data_collection?.by_collector ?? {}).toSorted(([one], [other]) => titleOf(one).localeCompare(titleOf(other)));
  if (!engines.length) return null;
  return (
    <>
      <Title order={2} size="h4" mt="lg" mb="sm">
        Engines
      </Title>
      <Table.ScrollContainer minWidth={560}>
        <Table aria-label="Calls by engine">
          <Table.Thead>
            <Table.Tr>
              {["Engine", "Calls", "Answered", "No overview", "Failed", "Unknown", "In a batch", "Attempts", "Cost"].map((name) => (
                <Table.Th key={name}>{name}</Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {engines.map(([name, each]) => (
              <Table.Tr key={name}>
                <Table.Td>{titleOf(name)}</Table.Td>
                <Table.Td>{each.calls}</Table.Td>
                <Table.Td>{each.successful - (each.no_overview ?? 0)}</Table.Td>
                <Table.Td>{each.no_overview ?? 0}</Table.Td>
                <Table.Td>{each.failed}</Table.Td>
                <Table.Td>{each.unknown}</Table.Td>
                <Table.Td>{each.waiting}</Table.Td>
                <Table.Td>{each.attempts}</Table.Td>
                <Table.Td>{each.is_price_known ? dollars(each.cost_usd * 1_000_000) : each.cost_usd ? `${dollars(each.cost_usd * 1_000_000)} and more` : "price unknown"}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </>
  );
}

const CALL_COLORS = { asking: "blue", answered: "teal", no_overview: "gray", failed: "red", unknown: "orange" } as const;

function Calls({ run }: { run: Run }) {
  const titleOf = useEngineTitles();
  const calls = useCalls(run.id);
  const rows = all(calls.data);
  return (
    <Loaded query={calls}>
      {rows.length === 0 ? (
        <Empty title="No call">{run.job_type === "scoring" ? "Scoring reads what is stored; it asks no engine unless one judges tone." : "No engine was asked so far."}</Empty>
      ) : (
        <Table.ScrollContainer minWidth={720}>
          <Table aria-label="Calls">
            <Table.Thead>
              <Table.Tr>
                {["Engine", "Question", "Status", "Attempts", "Took", "Cost"].map((name) => (
                  <Table.Th key={name}>{name}</Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {rows.map((call) => (
                <Table.Tr key={call.id}>
                  <Table.Td>{titleOf(call.collector)}</Table.Td>
                  <Table.Td style={{ overflowWrap: "anywhere" }}>
                    {call.question}
                    {placeOf(call) && (
                      <Text size="xs" c="dimmed">
                        asked from {placeOf(call)}
                      </Text>
                    )}
                    {call.answer_id && (
                      <Text size="xs" c="dimmed">
                        judges the tone of its answer
                      </Text>
                    )}
                    {call.error_message && (
                      <Text size="xs" style={{ overflowWrap: "anywhere" }}>
                        {[call.error_kind, call.error_message].filter(Boolean).join(": ")}
                      </Text>
                    )}
                  </Table.Td>
                  <Table.Td>
                    <Badge variant="light" color={CALL_COLORS[call.status]} tt="none" styles={{ label: { color: "var(--mantine-color-text)" } }}>
                      {call.status === "no_overview" ? "no overview shown" : call.status}
                    </Badge>
                  </Table.Td>
                  <Table.Td>{call.attempts}</Table.Td>
                  <Table.Td>{call.latency_ms === null ? "–" : seconds(call.latency_ms / 1000)}</Table.Td>
                  <Table.Td>{call.status === "answered" || call.cost_micro_usd !== 0 ? dollars(call.cost_micro_usd) : "–"}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      <Stack>
        <More query={calls} shown={rows.length} what="calls" />
      </Stack>
    </Loaded>
  );
}

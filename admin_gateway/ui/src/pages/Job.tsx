import { Alert, Badge, Button, Card, Code, Group, Modal, SimpleGrid, Stack, Table, Tabs, Text, TextInput } from "@mantine/core";
import { IconPencil, IconPlayerPlay, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { Link, useNavigate, useParams } from "react-router";

import { api, body, Problem, words, type Job } from "../api/client";
import { all, useBrandName, useEngineTitles, useJob, useJobEvents, useMay, useRuns } from "../api/queries";
import { useAction } from "../components/actions";
import { Fact, Moment, PageTitle, Status } from "../components/bits";
import { VIEWER_ZONE } from "../components/CronBuilder";
import { DeleteJob } from "../components/DeleteJob";
import { RunTable } from "../components/RunTable";
import { Empty, LinkTo, Loaded, More } from "../components/states";
import { useAddress } from "../lib/address";
import { count, seconds } from "../lib/format";
import { CATCH_UPS, JOB_TYPES, optionsInWords, OVERLAPS } from "../lib/words";

export function Component() {
  const { jobId = "" } = useParams();
  const job = useJob(jobId);
  const [get, set] = useAddress();
  return (
    <Loaded query={job}>
      {job.data && (
        <>
          <Head job={job.data} />
          <Facts job={job.data} />
          <Tabs value={get("show") ?? "runs"} onChange={(show) => set({ show })} mt="lg" keepMounted={false}>
            <Tabs.List>
              <Tabs.Tab value="runs">Runs</Tabs.Tab>
              <Tabs.Tab value="events">Events</Tabs.Tab>
            </Tabs.List>
            <Tabs.Panel value="runs" pt="md">
              <Runs jobId={jobId} />
            </Tabs.Panel>
            <Tabs.Panel value="events" pt="md">
              <Events jobId={jobId} />
            </Tabs.Panel>
          </Tabs>
        </>
      )}
    </Loaded>
  );
}

function Head({ job }: { job: Job }) {
  const [isDeleting, setIsDeleting] = useState(false);
  const [isBackfilling, setIsBackfilling] = useState(false);
  const [mayRun, mayEdit] = [useMay("operator"), useMay("admin")];
  const navigate = useNavigate();
  const trigger = useAction({
    run: () => body(api.POST("/api/admin/scheduled-jobs/{job_id}/trigger", { params: { path: { job_id: job.id } } })),
    said: () => "The run has begun.",
    changes: () => [["runs"], ["jobs"], ["job", job.id]],
  });
  return (
    <PageTitle
      title={useBrandName(job.brand_id)}
      actions={
        <>
          {mayRun && (
            <Button leftSection={<IconPlayerPlay size={16} />} loading={trigger.isPending} onClick={() => trigger.mutate(undefined)}>
              Run now
            </Button>
          )}
          {mayEdit && (
            <>
              <Button variant="default" onClick={() => setIsBackfilling(true)}>
                Backfill
              </Button>
              <Button variant="default" component={Link} to={`/admin/scheduled-jobs/${job.id}/edit`} leftSection={<IconPencil size={16} />}>
                Edit
              </Button>
              <Button variant="subtle" color="red" leftSection={<IconTrash size={16} />} onClick={() => setIsDeleting(true)}>
                Delete
              </Button>
            </>
          )}
        </>
      }
    >
      {JOB_TYPES[job.job_type]} · <LinkTo to={`/admin/brands/${job.brand_id}`}>the brand&apos;s numbers</LinkTo>
      <DeleteJob jobId={job.id} opened={isDeleting} onClose={() => setIsDeleting(false)} onDeleted={() => void navigate("/admin/scheduled-jobs")} />
      <Backfill jobId={job.id} opened={isBackfilling} onClose={() => setIsBackfilling(false)} />
    </PageTitle>
  );
}

function Facts({ job }: { job: Job }) {
  const titleOf = useEngineTitles();
  return (
    <Card>
      {job.failures_in_a_row > 0 && (
        <Alert color="red" mb="sm" p="xs">
          {count(job.failures_in_a_row, "run")} in a row failed.
        </Alert>
      )}
      <SimpleGrid cols={{ base: 2, sm: 4 }}>
        <Fact label="When">
          {job.cron_description}, {job.timezone} <Code style={{ whiteSpace: "nowrap" }}>{job.cron_expression}</Code>
        </Fact>
        <Fact label="Next">{job.is_active ? <Moment at={job.next_run_at} /> : "paused"}</Fact>
        <Fact label="Last">
          <Status of={job.last_run_status} /> {job.last_run_at && <Moment at={job.last_run_at} mode="relative" />}
        </Fact>
        <Fact label="Attempts">
          {job.max_attempts}, each of at most {seconds(job.timeout_seconds)}
        </Fact>
        <Fact label="When due while a run is open">{OVERLAPS[job.overlap_policy]}</Fact>
        <Fact label="After an outage">{CATCH_UPS[job.catch_up]}</Fact>
        <Fact label="Made by">{job.created_by}</Fact>
        <Fact label="Options">{optionsInWords(job.metadata, titleOf).join("; ") || "none"}</Fact>
      </SimpleGrid>
    </Card>
  );
}

function Runs({ jobId }: { jobId: string }) {
  const runs = useRuns({ scheduled_job_id: jobId });
  const rows = all(runs.data);
  return (
    <Loaded query={runs}>
      {rows.length ? <RunTable runs={rows} /> : <Empty title="No run yet">It runs at its next time, or now by a click on Run now.</Empty>}
      <More query={runs} shown={rows.length} what="runs" />
    </Loaded>
  );
}

function Events({ jobId }: { jobId: string }) {
  const events = useJobEvents(jobId);
  const rows = all(events.data);
  return (
    <Loaded query={events}>
      <Table.ScrollContainer minWidth={520}>
        <Table aria-label="Each decision about this job">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>When</Table.Th>
              <Table.Th>What</Table.Th>
              <Table.Th>Why</Table.Th>
              <Table.Th>By</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((event) => (
              <Table.Tr key={event.id}>
                <Table.Td>
                  <Moment at={event.occurred_at} mode="local" />
                </Table.Td>
                <Table.Td>
                  <Badge variant="default" tt="none" miw="max-content">
                    {event.kind}
                  </Badge>
                </Table.Td>
                <Table.Td style={{ overflowWrap: "anywhere" }}>
                  {event.reason} {event.run_id && <LinkTo to={`/admin/runs/${event.run_id}`}>See the run</LinkTo>}
                </Table.Td>
                <Table.Td>{event.actor}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <More query={events} shown={rows.length} what="events" />
    </Loaded>
  );
}

function Backfill({ jobId, opened, onClose }: { jobId: string; opened: boolean; onClose: () => void }) {
  const [from, setFrom] = useState("");
  const [to, setTo] = useState("");
  const action = useAction({
    run: () =>
      body(
        api.POST("/api/admin/scheduled-jobs/{job_id}/backfill", {
          params: { path: { job_id: jobId } },
          body: { from: new Date(from).toISOString(), to: new Date(to).toISOString() },
        }),
      ),
    said: (made) => `${count(made.created, "run")} made; ${made.existing} of that span existed already.`,
    changes: () => [["runs"], ["job", jobId]],
    onDone: onClose,
    isToldElsewhere: true,
  });
  const fields = action.error instanceof Problem ? action.error.fields : {};
  const marked = "from" in fields || "to" in fields;
  return (
    <Modal opened={opened} onClose={onClose} title="Backfill" centered closeButtonProps={{ "aria-label": "Close" }}>
      <Stack>
        <Text size="sm">
          Makes the runs of a span of the past that did not happen. Engines answer as of today, and each call costs what it costs. Times are in{" "}
          {VIEWER_ZONE}.
        </Text>
        <TextInput type="datetime-local" label="From" error={fields["from"]} value={from} onChange={(event) => setFrom(event.currentTarget.value)} data-autofocus />
        <TextInput type="datetime-local" label="Up to, not included" error={fields["to"]} value={to} onChange={(event) => setTo(event.currentTarget.value)} />
        {action.error && !marked && (
          <Alert color="red" role="alert">
            {words(action.error)}
          </Alert>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Close
          </Button>
          <Button disabled={!from || !to} loading={action.isPending} onClick={() => action.mutate(undefined)}>
            Make the runs
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

import { ActionIcon, Button, Card, Group, Menu, Select, Stack, Switch, Table, Text } from "@mantine/core";
import { IconDots, IconPlayerPlay, IconPlus } from "@tabler/icons-react";
import { Link, useNavigate } from "react-router";
import { useState } from "react";

import { api, body, type Job } from "../api/client";
import { all, useJobs, useMay } from "../api/queries";
import { useAction } from "../components/actions";
import { BrandName, Moment, PageTitle, Status } from "../components/bits";
import { DeleteJob } from "../components/DeleteJob";
import { OwnerFilters, type Address } from "../components/filters";
import { Empty, LinkTo, Loaded, More } from "../components/states";
import { useAddress } from "../lib/address";
import { JOB_TYPES } from "../lib/words";

export function Component() {
  const [get, set] = useAddress();
  const isActive = get("is_active");
  const jobs = useJobs({
    customer_id: get("customer_id"),
    brand_id: get("brand_id"),
    job_type: get("job_type") as Job["job_type"] | undefined,
    is_active: isActive ? isActive === "true" : undefined,
  });
  const rows = all(jobs.data);
  const isFiltered = ["customer_id", "brand_id", "job_type", "is_active"].some(get);
  const mayEdit = useMay("admin");
  return (
    <>
      <PageTitle
        title="Scheduled jobs"
        actions={
          mayEdit && (
            <Button component={Link} to={`/admin/scheduled-jobs/new${get("brand_id") ? `?brand_id=${get("brand_id")}` : ""}`} leftSection={<IconPlus size={16} />}>
              New job
            </Button>
          )
        }
      >
        What is collected and scored by itself, and when next.
      </PageTitle>
      <Filters get={get} set={set} />
      <Loaded query={jobs} rows={6}>
        {rows.length === 0 ? (
          isFiltered ? (
            <Empty title="No job matches">Take a filter away to see more.</Empty>
          ) : (
            <Empty title="No job yet" {...(mayEdit && { action: { to: "/admin/scheduled-jobs/new", label: "Schedule one" } })}>
              A job asks the engines a brand&apos;s questions on a schedule, and scores the answers.
            </Empty>
          )
        ) : (
          <>
            <Table.ScrollContainer minWidth={760} visibleFrom="sm">
              <Table>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>Job</Table.Th>
                    <Table.Th>When</Table.Th>
                    <Table.Th>Next</Table.Th>
                    <Table.Th>Last</Table.Th>
                    <Table.Th>Active</Table.Th>
                    <Table.Th aria-label="Actions" />
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {rows.map((job) => (
                    <Row key={job.id} job={job} />
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
            <Stack hiddenFrom="sm">
              {rows.map((job) => (
                <Card key={job.id}>
                  <Group justify="space-between" wrap="nowrap" align="flex-start">
                    <JobTitle job={job} />
                    <Actions job={job} />
                  </Group>
                  <Text size="sm" mt={4}>
                    {job.cron_description}, {job.timezone}
                  </Text>
                  <Text size="sm" c="dimmed">
                    Next: <Moment at={job.next_run_at} />
                  </Text>
                  <Group justify="space-between" mt="xs">
                    <Status of={job.last_run_status} />
                    <Active job={job} />
                  </Group>
                </Card>
              ))}
            </Stack>
          </>
        )}
        <More query={jobs} shown={rows.length} what="jobs" />
      </Loaded>
    </>
  );
}

function Filters({ get, set }: Address) {
  return (
    <Group mb="md" gap="sm" role="search">
      <OwnerFilters get={get} set={set} />
      <Select
        aria-label="State"
        placeholder="Active and paused"
        data={[
          { value: "true", label: "Active" },
          { value: "false", label: "Paused" },
        ]}
        value={get("is_active") ?? null}
        onChange={(value) => set({ is_active: value })}
        clearable
      />
    </Group>
  );
}

function JobTitle({ job }: { job: Job }) {
  return (
    <div style={{ minWidth: 0, overflowWrap: "anywhere" }}>
      <LinkTo to={`/admin/scheduled-jobs/${job.id}`}>
        <BrandName id={job.brand_id} />
      </LinkTo>
      <Text size="xs" c="dimmed">
        {JOB_TYPES[job.job_type]}
      </Text>
    </div>
  );
}

function Row({ job }: { job: Job }) {
  return (
    <Table.Tr>
      <Table.Td>
        <JobTitle job={job} />
      </Table.Td>
      <Table.Td>
        <Text size="sm" title={job.cron_expression}>
          {job.cron_description}
        </Text>
        <Text size="xs" c="dimmed">
          {job.timezone}
        </Text>
      </Table.Td>
      <Table.Td>
        <Moment at={job.next_run_at} mode="relative" />
      </Table.Td>
      <Table.Td>
        <Status of={job.last_run_status} />{" "}
        {job.last_run_at && (
          <Text size="xs" c="dimmed">
            <Moment at={job.last_run_at} mode="relative" />
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        <Active job={job} />
      </Table.Td>
      <Table.Td>
        <Actions job={job} />
      </Table.Td>
    </Table.Tr>
  );
}

function Active({ job }: { job: Job }) {
  const mayEdit = useMay("admin");
  const action = useAction({
    run: (is_active: boolean) =>
      body(api.PUT("/api/admin/scheduled-jobs/{job_id}", { params: { path: { job_id: job.id } }, body: { is_active } })),
    said: (_, isActive) => (isActive ? "The job is active." : "The job is paused."),
    changes: () => [["jobs"], ["job", job.id]],
  });
  return (
    <Switch
      checked={action.isPending ? action.variables : job.is_active}
      onChange={(event) => action.mutate(event.currentTarget.checked)}
      disabled={!mayEdit || action.isPending}
      aria-label="Active"
    />
  );
}

function Actions({ job }: { job: Job }) {
  const mayRun = useMay("operator");
  const mayEdit = useMay("admin");
  const navigate = useNavigate();
  const [isAsking, setIsAsking] = useState(false);
  const trigger = useAction({
    run: () => body(api.POST("/api/admin/scheduled-jobs/{job_id}/trigger", { params: { path: { job_id: job.id } } })),
    said: () => "The run has begun.",
    changes: () => [["runs"], ["jobs"], ["job", job.id]],
  });
  if (!mayRun) return null;
  return (
    <Group gap={4} wrap="nowrap" justify="flex-end">
      <Button size="xs" variant="light" leftSection={<IconPlayerPlay size={14} />} loading={trigger.isPending} onClick={() => trigger.mutate(undefined)}>
        Run now
      </Button>
      {mayEdit && (
        <Menu position="bottom-end">
          <Menu.Target>
            <ActionIcon variant="subtle" aria-label="More actions">
              <IconDots size={18} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={() => void navigate(`/admin/scheduled-jobs/${job.id}/edit`)}>Edit</Menu.Item>
            <Menu.Item color="red" onClick={() => setIsAsking(true)}>
              Delete
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      )}
      <DeleteJob jobId={job.id} opened={isAsking} onClose={() => setIsAsking(false)} />
    </Group>
  );
}

import { Card, Group, MultiSelect, SimpleGrid, Text, TextInput } from "@mantine/core";
import { Suspense } from "react";

import type { Run } from "../api/client";
import { all, useRuns, useTrends } from "../api/queries";
import { PageTitle } from "../components/bits";
import { OwnerFilters, type Address } from "../components/filters";
import { RunTable } from "../components/RunTable";
import { Empty, Loaded, More, Waiting } from "../components/states";
import { early } from "../lib/early";
import { useAddress } from "../lib/address";

const Trends = early(() => import("../components/Trends"));
const STATUSES: Run["status"][] = ["pending", "processing", "completed", "failed", "cancelled"];

export function Component() {
  const [get, set] = useAddress();
  const statuses = (get("status")?.split(",").filter(Boolean) ?? []) as Run["status"][];
  const [from, to] = [get("from"), get("to")];
  const runs = useRuns({
    customer_id: get("customer_id"),
    brand_id: get("brand_id"),
    status: statuses.length ? statuses : undefined,
    job_type: get("job_type") as Run["job_type"] | undefined,
    from: from && new Date(`${from}T00:00`).toISOString(),
    to: to && endOf(to),
  });
  const trends = useTrends({ customer_id: get("customer_id"), brand_id: get("brand_id"), days: 30 });
  const rows = all(runs.data);
  return (
    <>
      <PageTitle title="Runs">What was collected and scored, when, and at what cost.</PageTitle>
      <Filters get={get} set={set} statuses={statuses} />
      <Loaded query={trends} rows={4}>
        {trends.data && (
          <Suspense fallback={<Waiting rows={4} />}>
            <Trends days={trends.data.days} />
          </Suspense>
        )}
      </Loaded>
      <Card mt="md">
        <Loaded query={runs} rows={6}>
          {rows.length ? <RunTable runs={rows} withBrand /> : <Empty title="No run matches">Take a filter away, or start a run from a brand or a job.</Empty>}
          <More query={runs} shown={rows.length} what="runs" />
        </Loaded>
      </Card>
    </>
  );
}

/** The end of a day where the viewer is. */
function endOf(day: string): string {
  const next = new Date(`${day}T00:00`);
  next.setDate(next.getDate() + 1);
  return next.toISOString();
}

function Filters({ get, set, statuses }: Address & { statuses: Run["status"][] }) {
  return (
    <SimpleGrid cols={{ base: 1, xs: 2, md: 3, xl: 6 }} mb="md" role="search">
      <OwnerFilters get={get} set={set} />
      <MultiSelect
        aria-label="Status"
        placeholder={statuses.length ? undefined : "Any status"}
        data={STATUSES}
        value={statuses}
        onChange={(value) => set({ status: value.join(",") || null })}
        clearable
      />
      <Group gap={6} wrap="nowrap">
        <Text size="sm">from</Text>
        <TextInput aria-label="From" type="date" value={get("from") ?? ""} onChange={(e) => set({ from: e.currentTarget.value || null })} style={{ flex: 1 }} />
      </Group>
      <Group gap={6} wrap="nowrap">
        <Text size="sm">to</Text>
        <TextInput aria-label="To" type="date" value={get("to") ?? ""} onChange={(e) => set({ to: e.currentTarget.value || null })} style={{ flex: 1 }} />
      </Group>
    </SimpleGrid>
  );
}

import { Alert, Anchor, Button, Card, Group, List, Menu, MultiSelect, SegmentedControl, Select, SimpleGrid, Stack, Table, Text, Title } from "@mantine/core";
import { IconDownload, IconPencil } from "@tabler/icons-react";
import { Suspense, useState } from "react";
import { Link, useParams } from "react-router";

import type { Brand, Insights } from "../api/client";
import {
  useBrand, useCustomers, useDiagnostics, useEngineTitles, useInsights, useIsEmulated, useMay, useOpportunities, useSuggested, type Window,
} from "../api/queries";
import { PageTitle } from "../components/bits";
import { CollectMenu } from "../components/CollectMenu";
import { Figure } from "../components/Figure";
import { Searches, Sources } from "../components/Sources";
import { AnswerFilters, type Address } from "../components/filters";
import { Empty, LinkTo, Loaded, Waiting } from "../components/states";
import { early } from "../lib/early";
import { answersOf, useAddress } from "../lib/address";
import { count, day, percent } from "../lib/format";
import { isMetric, METRICS, points, type Metric } from "../lib/metrics";
import { bucketOf, bucketPeriod, DEFAULT_DAYS, lastDays, PERIODS } from "../lib/period";

const SeriesChart = early(() => import("../components/SeriesChart"));
const TILES: Metric[] = ["visibility", "share_of_voice", "mean_position", "mean_sentiment", "citation_share"];
const COLUMNS: Metric[] = ["visibility", "share_of_voice", "mean_position", "first_places", "mean_sentiment", "citation_share"];

export function Component() {
  const { brandId = "" } = useParams();
  const brand = useBrand(brandId);
  return <Loaded query={brand}>{brand.data && <Dashboard brand={brand.data} />}</Loaded>;
}

function Dashboard({ brand }: { brand: Brand }) {
  const [get, set] = useAddress();
  const [now] = useState(() => Date.now());
  const days = Number(get("days")) || DEFAULT_DAYS;
  const window: Window = { ...lastDays(days, now), collector: get("collector"), topic: get("topic") };
  const bucket = bucketOf(days);
  const insights = useInsights(brand.id, { ...window, bucket, by: "collector" });
  const mayEdit = useMay("admin");
  const titleOf = useEngineTitles();
  return (
    <>
      <PageTitle
        title={brand.name}
        actions={
          <>
            <CollectMenu brandId={brand.id} />
            <ExportMenu brandId={brand.id} window={window} />
            {mayEdit && (
              <Button variant="default" component={Link} to={`/admin/brands/${brand.id}/edit`} leftSection={<IconPencil size={16} />}>
                Edit
              </Button>
            )}
          </>
        }
      >
        <LinkTo to={`/admin/scheduled-jobs?brand_id=${brand.id}`}>Jobs</LinkTo> · <LinkTo to={`/admin/runs?brand_id=${brand.id}`}>Runs</LinkTo> ·{" "}
        <LinkTo to={answersOf(brand.id, {}, {})}>Answers</LinkTo>
      </PageTitle>
      <DemoNotice brand={brand} />
      <Diagnostics brandId={brand.id} />
      <Filters brandId={brand.id} get={get} set={set} days={days} />
      <Loaded query={insights} rows={8}>
        {insights.data && (insights.data.answers ? (
          <Stack gap="lg" aria-busy={insights.isFetching}>
            <Tiles brand={brand} insights={insights.data} window={window} />
            <OverTime brand={brand} insights={insights.data} window={window} bucket={bucket} get={get} set={set} />
            <Beside title="Beside its competitors" brand={brand} rows={insights.data.names.map((name) => ({ label: name.name, name, more: { name: name.name } }))} window={window} />
            <Beside
              title="By engine"
              brand={brand}
              rows={insights.data.groups.flatMap((group) => {
                const name = group.names.find((each) => each.is_brand);
                return name ? [{ label: titleOf(group.key), name, more: { collector: group.key, name: name.name } }] : [];
              })}
              window={window}
            />
            <Overviews insights={insights.data} />
            <SimpleGrid cols={{ base: 1, lg: 2 }}>
              <Opportunities brand={brand} window={window} />
              <Sources brandId={brand.id} window={window} get={get} set={set} />
            </SimpleGrid>
            <Searches brandId={brand.id} window={window} />
            <Suggested brand={brand} />
          </Stack>
        ) : (
          <Empty title="No answer that was read in this time">
            Collect and score now, or choose a longer time. Numbers rest on whole days of UTC.
          </Empty>
        ))}
      </Loaded>
    </>
  );
}

/** How often a results page showed an overview at all: where it shows none, nobody is named. */
function Overviews({ insights }: { insights: Insights }) {
  const titleOf = useEngineTitles();
  const some = insights.groups.filter((group) => group.calls.no_overview);
  if (!some.length) return null;
  return (
    <List size="sm">
      {some.map(({ key, calls }) => {
        const looked = calls.asked - calls.failed;
        return (
          <List.Item key={key}>
            {titleOf(key)}: an overview was shown in {percent((looked - calls.no_overview) / looked)} of {count(looked, "search", "searches")}. The others enter no other number.
          </List.Item>
        );
      })}
    </List>
  );
}

function DemoNotice({ brand }: { brand: Brand }) {
  const customers = useCustomers();
  const isEmulated = useIsEmulated();
  if (!isEmulated && !customers.data?.data.find((each) => each.id === brand.customer_id)?.is_demo) return null;
  return (
    <Alert color="yellow" mb="md" p="sm">
      This is a demo: its engines are emulated, and its numbers mean nothing.
    </Alert>
  );
}

const SEVERITY = { error: "red", warning: "yellow", info: "gray" } as const;

function Diagnostics({ brandId }: { brandId: string }) {
  const diagnostics = useDiagnostics(brandId);
  const told = diagnostics.data?.findings.filter((finding) => finding.severity !== "info" || finding.code === "no_schedule") ?? [];
  if (!told.length) return null;
  return (
    <Alert color={SEVERITY[told[0]!.severity]} mb="md" title={diagnostics.data?.would_collect ? "Worth knowing" : "A collection would do nothing"}>
      <List size="sm">
        {told.map((finding) => (
          <List.Item key={finding.code + finding.message}>{finding.message}</List.Item>
        ))}
      </List>
    </Alert>
  );
}

function Filters({ brandId, get, set, days }: Address & { brandId: string; days: number }) {
  return (
    <Group mb="md" gap="sm" role="search">
      <SegmentedControl data={PERIODS} value={String(days)} onChange={(value) => set({ days: value === String(DEFAULT_DAYS) ? null : value })} aria-label="Time" />
      <AnswerFilters brandId={brandId} get={get} set={set} />
    </Group>
  );
}

interface Part {
  brand: Brand;
  insights: Insights;
  window: Window;
}

function Tiles({ brand, insights, window }: Part) {
  const own = insights.names.find((name) => name.is_brand);
  if (!own) return null;
  return (
    <div>
      <SimpleGrid cols={{ base: 2, sm: 3, lg: 5 }}>
        {TILES.map((metric) => (
          <Card key={metric}>
            <Text size="sm" c="dimmed">
              {METRICS[metric].label}
            </Text>
            <Figure metric={metric} of={own[metric]} to={answersOf(brand.id, window, metric === "citation_share" ? {} : { name: metric === "visibility" ? undefined : own.name })} size="xl" />
          </Card>
        ))}
      </SimpleGrid>
      <Text size="xs" c="dimmed" mt={6}>
        On {count(insights.answers, "answer")}
        {insights.answers_before !== null && `, against ${insights.answers_before.toLocaleString("en-US")} of as many days before`}. Below each number its 95%
        interval; a change in bold is more than chance.
      </Text>
    </div>
  );
}

function OverTime({ brand, insights, window, bucket, get, set }: Part & Address & { bucket: "day" | "week" | "month" }) {
  const asked = get("metric") ?? "";
  const metric = isMetric(asked) ? asked : "visibility";
  const own = insights.names.find((name) => name.is_brand)?.name ?? brand.name;
  const rivals = insights.names.filter((name) => !name.is_brand).map((name) => name.name);
  const beside = get("beside")?.split("|").filter((name) => rivals.includes(name)) ?? [];
  const names = [own, ...beside];
  const data = points(insights.series, metric, names);
  const to = (key: string, name: string) => answersOf(brand.id, { ...window, ...bucketPeriod(key, bucket) }, { name: metric === "visibility" ? undefined : name });
  return (
    <Card component="section" aria-label="Over time">
      <Group justify="space-between" mb="sm">
        <Select
          aria-label="Number"
          data={COLUMNS.map((value) => ({ value, label: METRICS[value].label }))}
          value={metric}
          onChange={(value) => set({ metric: value === "visibility" ? null : value })}
          allowDeselect={false}
        />
        <MultiSelect aria-label="Beside" placeholder={beside.length ? undefined : "beside competitors"} data={rivals} value={beside} onChange={(value) => set({ beside: value.join("|") || null })} clearable miw={220} />
      </Group>
      <Suspense fallback={<Waiting />}>
        <SeriesChart data={data} names={names} metric={metric} to={to} />
      </Suspense>
      <Text size="xs" c="dimmed">
        By {bucket} of UTC; bands are 95% intervals. Each point opens its answers.
      </Text>
      <details>
        <summary>
          <Text span size="xs">
            As a table
          </Text>
        </summary>
        <SeriesTable insights={insights} names={names} metric={metric} to={to} />
      </details>
    </Card>
  );
}

interface SeriesProps {
  insights: Insights;
  names: string[];
  metric: Metric;
  to: (key: string, name: string) => string;
}

/** The same as the chart, for whoever does not see it or uses no mouse. */
function SeriesTable({ insights, names, metric, to }: SeriesProps) {
  return (
    <Table.ScrollContainer minWidth={120 + 130 * names.length}>
      <Table verticalSpacing={4}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Day</Table.Th>
            {names.map((name) => (
              <Table.Th key={name}>{name}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {insights.series.map((bucket) => (
            <Table.Tr key={bucket.key}>
              <Table.Td>{day(bucket.key)}</Table.Td>
              {names.map((name) => {
                const found = bucket.names.find((each) => each.name === name);
                return <Table.Td key={name}>{found ? <Figure metric={metric} of={found[metric]} to={to(bucket.key, name)} /> : "–"}</Table.Td>;
              })}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

interface Row {
  label: string;
  name: Insights["names"][number];
  more: Record<string, string>;
}

function Beside({ title, brand, rows, window }: { title: string; brand: Brand; rows: Row[]; window: Window }) {
  if (!rows.length) return null;
  return (
    <Card component="section" aria-label={title}>
      <Title order={2} size="h4" mb="xs">
        {title}
      </Title>
      <Table.ScrollContainer minWidth={760}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th aria-label={title} />
              {COLUMNS.map((metric) => (
                <Table.Th key={metric}>{METRICS[metric].label}</Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map(({ label, name, more }) => (
              <Table.Tr key={label}>
                <Table.Td fw={name.is_brand ? 700 : 400} maw={180} style={{ overflowWrap: "anywhere" }}>
                  {label}
                  <Text size="xs" c="dimmed" fw={400}>
                    named in {name.answers_named.toLocaleString("en-US")}
                  </Text>
                </Table.Td>
                {COLUMNS.map((metric) => (
                  <Table.Td key={metric}>
                    <Figure metric={metric} of={name[metric]} to={answersOf(brand.id, window, more)} />
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Card>
  );
}

function Opportunities({ brand, window }: { brand: Brand; window: Window }) {
  const found = useOpportunities(brand.id, window);
  return (
    <Card component="section" aria-label="Opportunities">
      <Title order={2} size="h4">
        Opportunities
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        Questions whose answers name competitors and not {brand.name}, and the pages those answers cite.
      </Text>
      <Loaded query={found}>
        {found.data?.opportunities.length ? (
          <Stack gap="sm">
            {found.data.opportunities.slice(0, 10).map((each) => (
              <div key={each.query_id} style={{ overflowWrap: "anywhere" }}>
                <Anchor component={Link} to={answersOf(brand.id, window, { query_id: each.query_id })} size="sm" fw={500}>
                  {each.question}
                </Anchor>
                <Text size="xs">
                  Not in {each.missed} of {count(each.answers, "answer")}; {each.rivals.map((rival) => `${rival.name} in ${rival.answers_named}`).join(", ")}
                </Text>
                {each.sources.length > 0 && (
                  <Text size="xs" c="dimmed">
                    They cite {each.sources.map((source) => source.domain).join(", ")}
                  </Text>
                )}
              </div>
            ))}
          </Stack>
        ) : (
          <Text size="sm">None: no answer names a competitor without {brand.name}.</Text>
        )}
      </Loaded>
    </Card>
  );
}

function Suggested({ brand }: { brand: Brand }) {
  const suggested = useSuggested(brand.id);
  if (!suggested.data?.names.length) return null;
  return (
    <Alert color="cyan" title="Possible competitors">
      These names often lead answers&apos; lists and are not tracked:{" "}
      {suggested.data.names.slice(0, 8).map((each) => `${each.name} (${each.answers})`).join(", ")}.{" "}
      <LinkTo to={`/admin/brands/${brand.id}/edit`}>Add some</LinkTo>
    </Alert>
  );
}

function ExportMenu({ brandId, window }: { brandId: string; window: Window }) {
  const address = (table: string, format: string) =>
    `/api/admin/brands/${brandId}/export?${new URLSearchParams({ table, format, from: window.from!, to: window.to! }).toString()}`;
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="default" leftSection={<IconDownload size={16} />}>
          Export
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {Object.entries({ answers: "Answers", positions: "Positions", citations: "Citations", pages: "Pages by week", searches: "Searches by week" }).map(([table, called]) => (
          <Menu.Item key={table} component="a" href={address(table, "csv")} download>
            {called} as CSV
          </Menu.Item>
        ))}
        {Object.entries({ jsonl: "JSON Lines", parquet: "Parquet" }).map(([format, called]) => (
          <Menu.Item key={format} component="a" href={address("answers", format)} download>
            Answers as {called}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

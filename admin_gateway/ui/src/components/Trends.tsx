/** How runs went, day by day: ends, durations, lateness and cost. */
import { Card, Group, SimpleGrid, Text, useMantineTheme } from "@mantine/core";
import type { ReactNode } from "react";
import { Bar, CartesianGrid, ComposedChart, Line, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";

import type { Schemas } from "../api/client";
import { day, dollars, seconds } from "../lib/format";

type Day = Schemas["RunDay"];

interface Series {
  name: keyof Day & string;
  label: string;
  /** A color of the theme, and its shade. */
  color: [string, number];
}

const ENDS: Series[] = [
  { name: "completed", label: "completed", color: ["teal", 6] },
  { name: "failed", label: "failed", color: ["red", 6] },
  { name: "cancelled", label: "cancelled", color: ["orange", 5] },
  { name: "open", label: "open", color: ["blue", 4] },
];
const TIMES: Series[] = [
  { name: "median_seconds", label: "median duration", color: ["cyan", 7] },
  { name: "p95_seconds", label: "p95 duration", color: ["indigo", 4] },
  { name: "p95_lateness_seconds", label: "p95 lateness", color: ["orange", 6] },
];
const COST: Series[] = [{ name: "cost_micro_usd", label: "cost", color: ["grape", 6] }];

export default function Trends({ days }: { days: Day[] }) {
  const total = (name: "completed" | "failed" | "cost_micro_usd") => days.reduce((sum, each) => sum + each[name], 0);
  return (
    <SimpleGrid cols={{ base: 1, md: 3 }}>
      <Chart title={`Runs a day: ${total("completed")} completed, ${total("failed")} failed in 30 days`} days={days} series={ENDS} write={String} width={34} />
      <Chart title="How long, and how late scheduled runs began" days={days} series={TIMES} write={seconds} width={52} areLines />
      <Chart title={`Cost: ${dollars(total("cost_micro_usd"))} in 30 days`} days={days} series={COST} write={dollars} width={60} />
    </SimpleGrid>
  );
}

interface Props {
  title: string;
  days: Day[];
  series: Series[];
  write: (value: number) => string;
  /** Of what stands beside the axis, in pixels. */
  width: number;
  areLines?: boolean;
}

function Chart({ title, days, series, write, width, areLines = false }: Props) {
  const { colors } = useMantineTheme();
  const inked = series.map((each) => ({ ...each, ink: colors[each.color[0]]?.[each.color[1]] ?? "gray" }));
  const axis = { stroke: "var(--mantine-color-dimmed)", fontSize: 11, tickLine: false };
  return (
    <Card component="figure" m={0}>
      <Text component="figcaption" size="sm" fw={600} mb="xs">
        {title}
      </Text>
      <ResponsiveContainer width="100%" height={150}>
        <ComposedChart data={days} accessibilityLayer>
          <CartesianGrid strokeDasharray="3 3" stroke="var(--mantine-color-dimmed)" strokeOpacity={0.25} vertical={false} />
          <XAxis dataKey="day" tickFormatter={day} minTickGap={24} {...axis} />
          <YAxis tickFormatter={write} width={width} allowDecimals={areLines || series === COST} {...axis} />
          <Tooltip content={({ active, payload }) => (active && payload?.[0] ? <Told day={payload[0].payload as Day} series={series} write={write} /> : null)} />
          {inked.map(({ name, ink }) =>
            areLines ? (
              <Line key={name} dataKey={name} stroke={ink} strokeWidth={2} dot={{ r: 2 }} isAnimationActive={false} />
            ) : (
              <Bar key={name} dataKey={name} stackId="day" fill={ink} isAnimationActive={false} />
            ),
          )}
        </ComposedChart>
      </ResponsiveContainer>
      {series.length > 1 && <Legend of={inked} />}
    </Card>
  );
}

function Legend({ of }: { of: { label: string; ink: string }[] }): ReactNode {
  return (
    <Group gap="sm" mt={4}>
      {of.map(({ label, ink }) => (
        <Group key={label} gap={4} wrap="nowrap">
          <span aria-hidden style={{ width: 10, height: 10, borderRadius: 2, background: ink }} />
          <Text size="xs">{label}</Text>
        </Group>
      ))}
    </Group>
  );
}

function Told({ day: each, series, write }: { day: Day; series: Series[]; write: (value: number) => string }) {
  return (
    <Card p="xs" shadow="sm">
      <Text size="xs" fw={600}>
        {day(each.day)}
      </Text>
      {series.map(({ name, label }) => (
        <Text key={name} size="xs">
          {label}: {each[name] === null ? "–" : write(Number(each[name]))}
        </Text>
      ))}
    </Card>
  );
}

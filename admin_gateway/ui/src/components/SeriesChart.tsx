/** A number over time: a line for each name, and its 95% interval as a band behind it. */
import { Group, Paper, Text, useComputedColorScheme, useMantineTheme } from "@mantine/core";
import { Area, CartesianGrid, ComposedChart, Line, ReferenceLine, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";

import { day } from "../lib/format";
import { METRICS, type Metric, type Point } from "../lib/metrics";
import { SERIES } from "../theme";

interface Props {
  data: Point[];
  names: string[];
  metric: Metric;
  onPick: (key: string, name: string) => void;
}

export default function SeriesChart({ data, names, metric, onPick }: Props) {
  const theme = useMantineTheme();
  const scheme = useComputedColorScheme("light");
  const { write, domain, isLowBetter } = METRICS[metric];
  const colors = names.map((_, i) => colorOf(theme.colors, i));
  const ink = scheme === "light" ? theme.colors.gray[7] : theme.colors.dark[1];
  const only = data.length === 1 ? data[0] : undefined;
  return (
    <>
      <Legend names={names} colors={colors} />
      <ResponsiveContainer width="100%" height={280}>
      <ComposedChart data={data} margin={{ top: 8, right: 8, bottom: 0, left: 0 }} accessibilityLayer>
        <CartesianGrid strokeDasharray="3 3" stroke={ink} strokeOpacity={0.25} vertical={false} />
        <XAxis dataKey="key" tickFormatter={day} stroke={ink} fontSize={12} minTickGap={24} />
        <YAxis domain={domain} tickFormatter={write} stroke={ink} fontSize={12} width={58} reversed={isLowBetter ?? false} />
        <Tooltip content={({ active, payload }) => (active && payload?.[0] ? <Told point={payload[0].payload as Point} names={names} metric={metric} colors={colors} /> : null)} />
        {only && names.map((name, i) => <Whisker key={`whisker ${name}`} point={only} i={i} color={colors[i]!} />)}
        {!only && names.map((name, i) => (
          <Area key={`band ${name}`} dataKey={`b${i}`} stroke="none" fill={colors[i]} fillOpacity={0.14} isAnimationActive={false} dot={false} activeDot={false} connectNulls={false} />
        ))}
        {names.map((name, i) => (
          <Line
            key={name}
            dataKey={`v${i}`}
            stroke={colors[i]!}
            strokeWidth={i === 0 ? 3 : 1.75}
            {...(i > 0 && { strokeDasharray: DASHES[i % DASHES.length] })}
            dot={{ r: 3, cursor: "pointer", strokeDasharray: "0" }}
            activeDot={{ r: 6, cursor: "pointer", onClick: (_: unknown, dot: unknown) => onPick(String((dot as { payload: Point }).payload.key), name) }}
            isAnimationActive={false}
            connectNulls={false}
          />
        ))}
        </ComposedChart>
      </ResponsiveContainer>
    </>
  );
}

function Legend({ names, colors }: { names: string[]; colors: string[] }) {
  return (
    <Group gap="md" mb={4} component="ul" pl={0} m={0} style={{ listStyle: "none" }} aria-label="Lines">
      {names.map((name, i) => (
        <Group key={name} gap={6} component="li" wrap="nowrap">
          <svg width={22} height={6} aria-hidden>
            <line x1={0} x2={22} y1={3} y2={3} stroke={colors[i]} strokeWidth={i === 0 ? 3 : 2} {...(i > 0 && { strokeDasharray: DASHES[i % DASHES.length] })} />
          </svg>
          <Text size="xs" style={{ overflowWrap: "anywhere" }}>
            {name}
          </Text>
        </Group>
      ))}
    </Group>
  );
}

/** The interval of a bucket that is alone: a band needs two. */
function Whisker({ point, i, color }: { point: Point; i: number; color: string }) {
  const band = point[`b${i}`] as [number, number] | null;
  if (!band) return null;
  return <ReferenceLine segment={[{ x: point.key, y: band[0] }, { x: point.key, y: band[1] }]} stroke={color} strokeWidth={8} strokeOpacity={0.35} />;
}

const DASHES = ["0", "6 3", "2 3", "8 3 2 3"];

function colorOf(palette: Record<string, readonly string[]>, i: number): string {
  const [name = "gray", shade = "6"] = (SERIES[i % SERIES.length] ?? "gray.6").split(".");
  return palette[name]?.[Number(shade)] ?? "gray";
}

function Told({ point, names, metric, colors }: { point: Point; names: string[]; metric: Metric; colors: string[] }) {
  const { write } = METRICS[metric];
  return (
    <Paper withBorder p="xs" shadow="sm">
      <Text size="xs" fw={600}>
        {day(point.key)}
      </Text>
      {names.map((name, i) => {
        const value = point[`v${i}`] as number | null;
        const band = point[`b${i}`] as [number, number] | null;
        return (
          <Group key={name} gap={6} wrap="nowrap">
            <span aria-hidden style={{ width: 10, height: 3, background: colors[i] }} />
            <Text size="xs">
              {name}: {value === null ? "–" : write(value)} {band && `(${write(band[0])} to ${write(band[1])})`} · {point[`n${i}`] as number} answers
            </Text>
          </Group>
        );
      })}
    </Paper>
  );
}

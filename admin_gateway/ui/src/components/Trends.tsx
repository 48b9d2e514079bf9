/** How runs went, day by day: ends, durations, lateness and cost. */
import { Card, SimpleGrid, Text, useMantineTheme } from "@mantine/core";
import { useRovingIndex } from "@mantine/hooks";
import { scaleBand, scaleLinear } from "@visx/scale";
import { Bar, LinePath } from "@visx/shape";

import type { Schemas } from "../api/client";
import { day, dollars, seconds } from "../lib/format";
import { Axes, fitting, Legend, Plot, Told, usePointed, type Days, type Values } from "./Plot";

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
      <Chart title={`Runs a day: ${total("completed")} completed, ${total("failed")} failed in 30 days`} days={days} series={ENDS} write={String} left={34} />
      <Chart title="How long, and how late scheduled runs began" days={days} series={TIMES} write={seconds} left={52} areLines />
      <Chart title={`Cost: ${dollars(total("cost_micro_usd"))} in 30 days`} days={days} series={COST} write={(value) => dollars(value).replace(/(\.\d\d)0+$/, "$1")} left={60} />
    </SimpleGrid>
  );
}

interface Props {
  title: string;
  days: Day[];
  series: Series[];
  write: (value: number) => string;
  left: number;
  areLines?: boolean;
}

function Chart({ title, days, series, write, left, areLines = false }: Props) {
  const { colors } = useMantineTheme();
  const inked = series.map((each) => ({ ...each, ink: colors[each.color[0]]?.[each.color[1]] ?? "gray" }));
  return (
    <Card component="figure" m={0}>
      <Text component="figcaption" size="sm" fw={600} mb="xs">
        {title}
      </Text>
      <Plot label={`${title}; the arrow keys go from day to day`} height={150} left={left}>
        {(width, height) => <Drawn days={days} inked={inked} write={write} areLines={areLines} width={width} height={height} />}
      </Plot>
      {series.length > 1 && <Legend of={inked.map(({ label, ink }) => ({ label, sign: <span aria-hidden style={{ width: 10, height: 10, borderRadius: 2, background: ink }} /> }))} />}
    </Card>
  );
}

type Inked = Series & { ink: string };

interface DrawnProps {
  days: Day[];
  inked: Inked[];
  write: (value: number) => string;
  areLines: boolean;
  width: number;
  height: number;
}

function Drawn({ days, inked, write, areLines, width, height }: DrawnProps) {
  const x = scaleBand({ domain: days.map((each) => each.day), range: [0, width], padding: 0.25 });
  const y = scaleLinear({ domain: [0, highest(days, inked, areLines) || 1], range: [height, 0], nice: 4 });
  const left = (each: Day) => x(each.day)! - (x.step() - x.bandwidth()) / 2;
  const { pointed, on } = usePointed();
  const roving = useRovingIndex({ total: days.length, loop: false });
  const isWhole = inked.length > 1 && !areLines;
  return (
    <>
      <Axes x={x} at={fitting(x.domain(), width)} writeX={(value) => day(String(value))} y={y} rows={isWhole ? Math.min(4, y.domain()[1]!) : 4} writeY={write} width={width} height={height} />
      {areLines ? inked.map((each) => <Line key={each.name} of={each} days={days} x={x} y={y} />) : days.map((each) => <Stack key={each.day} of={each} inked={inked} x={x} y={y} />)}
      {days.map((each, i) => (
        <a key={each.day} role="img" aria-label={inWords(each, inked, write)} className="point" {...roving.getItemProps({ index: i })} {...on(i)}>
          <rect x={left(each)} width={x.step()} height={height} fill="transparent" />
        </a>
      ))}
      {pointed !== null && days[pointed] && (
        <Told x={left(days[pointed])} width={x.step()} height={height}>
          <Words day={days[pointed]} series={inked} write={write} />
        </Told>
      )}
    </>
  );
}

function highest(days: Day[], series: Series[], areLines: boolean): number {
  const values = (each: Day) => series.map(({ name }) => Number(each[name] ?? 0));
  return Math.max(0, ...days.map((each) => (areLines ? Math.max(...values(each)) : values(each).reduce((sum, value) => sum + value, 0))));
}

function Line({ of: { name, ink }, days, x, y }: { of: Inked; days: Day[]; x: Days; y: Values }) {
  const middle = (each: Day) => x(each.day)! + x.bandwidth() / 2;
  const told = days.filter((each) => each[name] !== null);
  return (
    <>
      <LinePath data={days} x={middle} y={(each) => y(Number(each[name]))} defined={(each) => each[name] !== null} stroke={ink} strokeWidth={2} />
      {told.map((each) => (
        <circle key={each.day} cx={middle(each)} cy={y(Number(each[name]))} r={2} fill={ink} />
      ))}
    </>
  );
}

function Stack({ of: each, inked, x, y }: { of: Day; inked: Inked[]; x: Days; y: Values }) {
  return inked.map(({ name, ink }, i) => {
    const below = inked.slice(0, i).reduce((sum, { name: lower }) => sum + Number(each[lower]), 0);
    const own = Number(each[name]);
    return own > 0 && <Bar key={name} x={x(each.day)!} width={x.bandwidth()} y={y(below + own)} height={y(below) - y(below + own)} fill={ink} />;
  });
}

function Words({ day: each, series, write }: { day: Day; series: Series[]; write: (value: number) => string }) {
  return (
    <>
      <Text size="xs" fw={600}>
        {day(each.day)}
      </Text>
      {series.map(({ name, label }) => (
        <Text key={name} size="xs">
          {label}: {each[name] === null ? "–" : write(Number(each[name]))}
        </Text>
      ))}
    </>
  );
}

/** The same for whoever does not see it. */
function inWords(each: Day, series: Series[], write: (value: number) => string): string {
  const said = series.map(({ name, label }) => `${label} ${each[name] === null ? "none" : write(Number(each[name]))}`);
  return `${day(each.day)}: ${said.join(", ")}`;
}

/** A number over time: a line for each name, its 95% interval as a band behind it, and points that lead to their answers. */
import { Text, useMantineTheme } from "@mantine/core";
import { useRovingIndex } from "@mantine/hooks";
import { scaleLinear, scaleUtc } from "@visx/scale";
import { Area, LinePath } from "@visx/shape";
import { Link } from "react-router";

import { count, day } from "../lib/format";
import { bounds, METRICS, type Metric, type Point } from "../lib/metrics";
import { SERIES } from "../theme";
import { Axes, fitting, Legend, Plot, Told, usePointed, type Times, type Values } from "./Plot";

interface Props {
  data: Point[];
  names: string[];
  metric: Metric;
  /** The address of the answers behind a point. */
  to: (key: string, name: string) => string;
}

export default function SeriesChart(props: Props) {
  const { names, metric } = props;
  const colors = useColors(names.length);
  return (
    <>
      <Legend of={names.map((label, i) => ({ label, sign: <Stroke i={i} color={colors[i]!} /> }))} />
      <Plot label={`${METRICS[metric].label} over time; the arrow keys go from point to point`} height={280} left={52}>
        {(width, height) => <Drawn {...props} colors={colors} width={width} height={height} />}
      </Plot>
    </>
  );
}

interface DrawnProps extends Props {
  colors: string[];
  width: number;
  height: number;
}

function Drawn({ data, names, metric, to, colors, width, height }: DrawnProps) {
  const { write, isLowBetter } = METRICS[metric];
  const x = times(data, width);
  const [low, high] = bounds(data, names.length, metric);
  const y = scaleLinear({ domain: [low, high], range: isLowBetter ? [0, height] : [height, 0], nice: 5 });
  const { pointed, on } = usePointed();
  const roving = useRovingIndex({ total: names.length * data.length, columns: data.length, loop: false, isItemDisabled: (i) => valueOf(data, i) === null });
  return (
    <>
      <Axes x={x} at={fitting(data.map(at), width)} writeX={(value) => day((value as Date).toISOString())} y={y} rows={5} writeY={(value) => write(value).replace(".0%", "%")} width={width} height={height} />
      {names.map((name, i) => (
        <Series key={name} data={data} i={i} x={x} y={y} color={colors[i]!} />
      ))}
      {data.map((point, column) => (
        <g key={point.key} {...on(column)}>
          <rect {...reach(data, column, x, width)} y={0} height={height} fill="transparent" />
          {names.map((name, i) => {
            const value = point[`v${i}`] as number | null;
            if (value === null) return null;
            return (
              <Link key={name} {...roving.getItemProps({ index: i * data.length + column })} to={to(point.key, name)} className="point" aria-label={`${name}, ${day(point.key)}: ${said(point, i, metric)}. See the answers.`}>
                <circle cx={x(at(point))} cy={y(value)} r={4} fill="var(--mantine-color-body)" stroke={colors[i]} strokeWidth={2} />
              </Link>
            );
          })}
        </g>
      ))}
      {pointed !== null && data[pointed] && (
        <Told {...reach(data, pointed, x, width)} height={height}>
          <Words point={data[pointed]} names={names} metric={metric} />
        </Told>
      )}
    </>
  );
}

function Series({ data, i, x, y, color }: { data: Point[]; i: number; x: Times; y: Values; color: string }) {
  const band = (point: Point) => point[`b${i}`] as [number, number] | null;
  const value = (point: Point) => point[`v${i}`] as number | null;
  const bandProps = { defined: (point: Point) => band(point) !== null, y0: (point: Point) => y(band(point)![0]), y1: (point: Point) => y(band(point)![1]), fill: color };
  const alone = data.length === 1 ? data[0] : undefined;
  return (
    <g aria-hidden>
      {alone && band(alone) ? (
        <line x1={x(at(alone))} x2={x(at(alone))} y1={bandProps.y0(alone)} y2={bandProps.y1(alone)} stroke={color} strokeWidth={8} strokeOpacity={0.35} />
      ) : (
        <Area data={data} x={(point) => x(at(point))} {...bandProps} fillOpacity={0.14} />
      )}
      <LinePath data={data} x={(point) => x(at(point))} y={(point) => y(value(point)!)} defined={(point) => value(point) !== null} stroke={color} {...stroke(i)} />
    </g>
  );
}

function Words({ point, names, metric }: { point: Point; names: string[]; metric: Metric }) {
  return (
    <>
      <Text size="xs" fw={600}>
        {day(point.key)}
      </Text>
      {names.map((name, i) => (
        <Text size="xs" key={name}>
          {name}: {said(point, i, metric)}
        </Text>
      ))}
    </>
  );
}

/** A point in words. */
function said(point: Point, i: number, metric: Metric): string {
  const { write } = METRICS[metric];
  const value = point[`v${i}`] as number | null;
  const band = point[`b${i}`] as [number, number] | null;
  const range = band ? ` (${write(band[0])} to ${write(band[1])})` : "";
  return `${value === null ? "–" : write(value)}${range} · ${count(point[`n${i}`] as number, "answer")}`;
}

/** The value of the item of that number: names one after another, each with all its points. */
function valueOf(data: Point[], index: number) {
  return data[index % data.length]![`v${Math.floor(index / data.length)}`] ?? null;
}

function at(point: Point): Date {
  return new Date(`${point.key.slice(0, 10)}T00:00:00Z`);
}

const DAY = 86_400_000;

/** A single bucket stands in the middle. */
function times(data: Point[], width: number): Times {
  const first = data.length ? at(data[0]!).getTime() : 0;
  const last = data.length ? at(data.at(-1)!).getTime() : 0;
  const domain = first === last ? [first - DAY, last + DAY] : [first, last];
  return scaleUtc({ domain, range: [0, width] });
}

/** Where the pointer means this column: half way to its neighbours. */
function reach(data: Point[], column: number, x: Times, width: number): { x: number; width: number } {
  const here = x(at(data[column]!));
  const from = column > 0 ? (x(at(data[column - 1]!)) + here) / 2 : 0;
  const to = column + 1 < data.length ? (x(at(data[column + 1]!)) + here) / 2 : width;
  return { x: from, width: to - from };
}

const DASHES = ["0", "6 3", "2 3", "8 3 2 3"];

/** The brand's line is thick and whole, its competitors' are told apart by their dashes too. */
function stroke(i: number) {
  return { strokeWidth: i === 0 ? 3 : 2, ...(i > 0 && { strokeDasharray: DASHES[i % DASHES.length] }) };
}

function Stroke({ i, color }: { i: number; color: string }) {
  return (
    <svg width={22} height={6} aria-hidden>
      <line x1={0} x2={22} y1={3} y2={3} stroke={color} {...stroke(i)} />
    </svg>
  );
}

function useColors(many: number): string[] {
  const { colors } = useMantineTheme();
  return Array.from({ length: many }, (_, i) => {
    const [name = "gray", shade = "6"] = (SERIES[i % SERIES.length] ?? "gray.6").split(".");
    return colors[name]?.[Number(shade)] ?? "gray";
  });
}

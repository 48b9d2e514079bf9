/** The frame of a chart, as wide as its place, and its axes; what is drawn in it is its caller's. */
import { Group, Text, Tooltip } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { AxisBottom, AxisLeft } from "@visx/axis";
import { GridRows } from "@visx/grid";
import type { scaleBand, scaleLinear, scaleUtc } from "@visx/scale";
import { useState, type ReactNode } from "react";

const TOP = 8;
const RIGHT = 14;
const BOTTOM = 26;
const INK = "var(--mantine-color-dimmed)";
const WORDS = { fill: INK, fontSize: 12, fontFamily: "inherit" };

interface PlotProps {
  label: string;
  height: number;
  /** Of what stands beside the axis, in pixels. */
  left: number;
  /** Draws in the room that is left, in pixels. */
  children: (width: number, height: number) => ReactNode;
}

export function Plot({ label, height, left, children }: PlotProps) {
  const { ref, width } = useElementSize();
  return (
    <div ref={ref} style={{ height }}>
      {width > left + RIGHT && (
        <svg width={width} height={height} role="group" aria-label={label} style={{ display: "block", overflow: "visible" }}>
          <g transform={`translate(${left},${TOP})`}>{children(width - left - RIGHT, height - TOP - BOTTOM)}</g>
        </svg>
      )}
    </div>
  );
}

export type Values = ReturnType<typeof scaleLinear<number>>;
export type Times = ReturnType<typeof scaleUtc<number>>;
export type Days = ReturnType<typeof scaleBand<string>>;

interface AxesProps {
  x: Times | Days;
  /** The ticks of the axis below. */
  at: (Date | string)[];
  writeX: (value: Date | string) => string;
  y: Values;
  /** How many ticks the axis at the side has, about. */
  rows: number;
  writeY: (value: number) => string;
  width: number;
  height: number;
}

export function Axes({ x, at, writeX, y, rows, writeY, width, height }: AxesProps) {
  return (
    <g aria-hidden>
      <GridRows scale={y} width={width} numTicks={rows} stroke={INK} strokeOpacity={0.25} strokeDasharray="3 3" />
      <AxisBottom scale={x} top={height} tickValues={at} tickFormat={(value) => writeX(value as Date | string)} stroke={INK} tickStroke={INK} tickLength={4} tickLabelProps={{ ...WORDS, textAnchor: "middle" }} />
      <AxisLeft scale={y} numTicks={rows} tickFormat={(value) => writeY(Number(value))} hideAxisLine hideTicks tickLabelProps={{ ...WORDS, textAnchor: "end", dx: "-0.25em", dy: "0.3em" }} />
    </g>
  );
}

/** Of many, as many as fit beside one another, the last among them. */
export function fitting<T>(all: T[], width: number): T[] {
  const each = Math.ceil(all.length / Math.max(1, Math.floor(width / 72)));
  return all.filter((_, i) => (all.length - 1 - i) % each === 0);
}

interface LegendProps {
  of: { label: string; sign: ReactNode }[];
}

export function Legend({ of }: LegendProps) {
  return (
    <Group gap="md" my={4} component="ul" pl={0} style={{ listStyle: "none" }} aria-label="Legend">
      {of.map(({ label, sign }) => (
        <Group key={label} gap={6} component="li" wrap="nowrap">
          {sign}
          <Text size="xs" style={{ overflowWrap: "anywhere" }}>
            {label}
          </Text>
        </Group>
      ))}
    </Group>
  );
}

interface ToldProps {
  /** The place in the chart that it is about, in pixels. */
  x: number;
  width: number;
  height: number;
  children: ReactNode;
}

/** What is told of the place that is pointed at: one tooltip a chart, as each costs time to draw. */
export function Told({ x, width, height, children }: ToldProps) {
  return (
    <Tooltip key={x} label={children} opened withArrow>
      <rect x={x} width={width} height={height} fill="none" pointerEvents="none" />
    </Tooltip>
  );
}

/** Which of a chart's places is pointed at or has the focus, and what to put on them so that it is known. */
export function usePointed() {
  const [pointed, setPointed] = useState<number | null>(null);
  const on = (i: number) => ({
    onPointerEnter: () => setPointed(i),
    onPointerLeave: () => setPointed(null),
    onFocus: () => setPointed(i),
    onBlur: () => setPointed(null),
  });
  return { pointed, on };
}

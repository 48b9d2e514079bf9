/** The numbers of a brand: what they are called, how they are written, and which way is better. */
import type { Estimate, Schemas } from "../api/client";
import { percent } from "./format";

export type Metric = "visibility" | "share_of_voice" | "mean_position" | "first_places" | "mean_sentiment" | "citation_share";

interface Described {
  label: string;
  explained: string;
  write: (value: number) => string;
  /** What the axis shows at least. */
  domain: [number, number];
  isLowBetter?: boolean;
}

const signed = (value: number) => `${value > 0 ? "+" : ""}${value.toFixed(2)}`;

export const METRICS: Record<Metric, Described> = {
  visibility: { label: "Visibility", explained: "share of answers that name it", write: (v) => percent(v, 1), domain: [0, 1] },
  share_of_voice: { label: "Share of voice", explained: "its mentions among those of all tracked names", write: (v) => percent(v, 1), domain: [0, 0.1] },
  mean_position: { label: "Mean position", explained: "in answers that place it; 1 is first", write: (v) => v.toFixed(2), domain: [1, 2], isLowBetter: true },
  first_places: { label: "First places", explained: "share of answers that place it first", write: (v) => percent(v, 1), domain: [0, 0.1] },
  mean_sentiment: { label: "Sentiment", explained: "tone from -1 to 1, in answers that name it", write: signed, domain: [-1, 1] },
  citation_share: { label: "Citation share", explained: "its own pages among all that are cited", write: (v) => percent(v, 1), domain: [0, 0.1] },
};

/** Whether a word of the address names a number. */
export function isMetric(word: string): word is Metric {
  return Object.hasOwn(METRICS, word);
}

export function written(metric: Metric, estimate: Estimate): string {
  return estimate.value === null ? "–" : METRICS[metric].write(estimate.value);
}

export function interval(metric: Metric, estimate: Estimate): string | null {
  if (estimate.low === null || estimate.high === null) return null;
  return `${METRICS[metric].write(estimate.low)} to ${METRICS[metric].write(estimate.high)}`;
}

/** What changed against the days before, and whether that is more than chance. */
export function change(metric: Metric, estimate: Estimate): { text: string; isSure: boolean; isGood: boolean } | null {
  const { value, change: told } = estimate;
  if (value === null || !told) return null;
  const difference = value - told.previous;
  const isPercent = !["mean_position", "mean_sentiment"].includes(metric);
  const size = isPercent ? `${Math.abs(difference * 100).toFixed(1)} points` : Math.abs(difference).toFixed(2);
  const isGood = METRICS[metric].isLowBetter ? difference < 0 : difference > 0;
  return { text: `${difference >= 0 ? "▲" : "▼"} ${size}`, isSure: told.is_significant, isGood };
}

export interface Point {
  key: string;
  [series: string]: string | number | [number, number] | null;
}

/** One row a bucket: of each name its value, and its interval as a band. */
export function points(series: Schemas["InsightGroup"][], metric: Metric, names: string[]): Point[] {
  return series.map((bucket) => {
    const row: Point = { key: bucket.key };
    for (const [i, name] of names.entries()) {
      const estimate = bucket.names.find((each) => each.name === name)?.[metric];
      row[`v${i}`] = estimate?.value ?? null;
      row[`b${i}`] = estimate && estimate.low !== null && estimate.high !== null ? [estimate.low, estimate.high] : null;
      row[`n${i}`] = estimate?.count ?? 0;
    }
    return row;
  });
}

/** From the least to the most that an axis must show: its values, their intervals, and what it shows at least. */
export function bounds(data: Point[], names: number, metric: Metric): [number, number] {
  const shown = data.flatMap((point) => Array.from({ length: names }, (_, i) => [point[`v${i}`], ...((point[`b${i}`] ?? []) as number[])]).flat());
  const numbers = [...METRICS[metric].domain, ...shown.filter((value) => typeof value === "number")];
  return [Math.min(...numbers), Math.max(...numbers)];
}

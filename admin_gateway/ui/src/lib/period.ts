/** Whole days of UTC, as the numbers are kept. */
export const PERIODS = [
  { value: "7", label: "7 days" },
  { value: "28", label: "28 days" },
  { value: "90", label: "90 days" },
  { value: "365", label: "a year" },
];
export const DEFAULT_DAYS = 28;
const DAY_MS = 86_400_000;

export interface Period {
  from: string;
  to: string;
}

/** The last days, today included, until before tomorrow. */
export function lastDays(days: number, now: number): Period {
  const tomorrow = Math.floor(now / DAY_MS + 1) * DAY_MS;
  return { from: instant(tomorrow - days * DAY_MS), to: instant(tomorrow) };
}

export function bucketOf(days: number): "day" | "week" | "month" {
  return days <= 31 ? "day" : days <= 120 ? "week" : "month";
}

/** The days that a bucket stands for. */
export function bucketPeriod(key: string, bucket: "day" | "week" | "month"): Period {
  const start = Date.parse(`${key.slice(0, 10).padEnd(10, "-01")}T00:00:00Z`);
  const end = new Date(start);
  if (bucket === "month") end.setUTCMonth(end.getUTCMonth() + 1);
  else end.setUTCDate(end.getUTCDate() + (bucket === "week" ? 7 : 1));
  return { from: instant(start), to: end.toISOString().replace(".000", "") };
}

function instant(ms: number): string {
  return new Date(ms).toISOString().replace(".000", "");
}

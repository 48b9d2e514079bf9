import { describe, expect, it } from "vitest";

import type { Estimate, Schemas } from "../api/client";
import { change, interval, isMetric, points, written } from "./metrics";
import { bucketPeriod, lastDays } from "./period";

const estimate = (value: number | null, more: Partial<Estimate> = {}): Estimate => ({ value, low: null, high: null, count: 10, change: null, ...more });
const changed = (value: number, previous: number, is_significant = true) =>
  estimate(value, { change: { previous, p_value: 0.01, is_significant } });

describe("numbers", () => {
  it("are asked for by their own names only", () => {
    expect(isMetric("visibility")).toBe(true);
    expect(isMetric("constructor")).toBe(false);
  });
  it("are written with what is known", () => {
    expect(written("visibility", estimate(0.256))).toBe("25.6%");
    expect(written("mean_sentiment", estimate(0.5))).toBe("+0.50");
    expect(written("mean_position", estimate(null))).toBe("–");
    expect(interval("visibility", estimate(0.5))).toBeNull();
    expect(interval("visibility", estimate(0.5, { low: 0.25, high: 0.75 }))).toBe("25.0% to 75.0%");
  });
  it("change for the better where a position falls", () => {
    expect(change("mean_position", changed(1.5, 2))).toEqual({ text: "▼ 0.50", isSure: true, isGood: true });
    expect(change("visibility", changed(0.4, 0.5, false))).toEqual({ text: "▼ 10.0 points", isSure: false, isGood: false });
    expect(change("visibility", estimate(0.4))).toBeNull();
  });
  it("stand in one row a bucket, with gaps where nothing is known", () => {
    const series = [
      { key: "2026-11-01", label: "", answers: 1, names: [{ name: "A", visibility: estimate(0.5, { low: 0.1, high: 0.9 }) }] },
    ] as unknown as Schemas["InsightGroup"][];
    expect(points(series, "visibility", ["A", "B"])).toEqual([
      { key: "2026-11-01", v0: 0.5, b0: [0.1, 0.9], n0: 10, v1: null, b1: null, n1: 0 },
    ]);
  });
});

describe("periods", () => {
  it("are whole days of UTC, today included", () => {
    expect(lastDays(7, Date.parse("2026-11-25T23:59:59Z"))).toEqual({ from: "2026-11-19T00:00:00Z", to: "2026-11-26T00:00:00Z" });
  });
  it("end where the next one begins", () => {
    expect(bucketPeriod("2026-01-31", "day")).toEqual({ from: "2026-01-31T00:00:00Z", to: "2026-02-01T00:00:00Z" });
    expect(bucketPeriod("2026-12-01", "month")).toEqual({ from: "2026-12-01T00:00:00Z", to: "2027-01-01T00:00:00Z" });
    expect(bucketPeriod("2026-11-23", "week")).toEqual({ from: "2026-11-23T00:00:00Z", to: "2026-11-30T00:00:00Z" });
  });
});

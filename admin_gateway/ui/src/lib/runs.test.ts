import { expect, test } from "vitest";

import type { Run } from "../api/client";
import { costOf, gainOf, isIncomplete, unknownCalls } from "./runs";

const run = (more: Partial<Run>) => ({ job_type: "data_collection", status: "completed", attempt: 1, error_message: null, metrics: {}, ...more }) as Run;
const collected = (more: object) => ({ data_collection: { collector_results: 3, cost_usd: 0.5, ...more } });

test("a run is incomplete where a call failed, an engine could not be asked, or a person cancelled it", () => {
  expect(isIncomplete(run({ metrics: collected({}) }))).toBe(false);
  expect(isIncomplete(run({ metrics: collected({ failed_executions: 1 }) }))).toBe(true);
  expect(isIncomplete(run({ metrics: collected({}), error_message: "claude: ANTHROPIC_API_KEY is not set." }))).toBe(true);
  expect(isIncomplete(run({ status: "cancelled" }))).toBe(true);
});

test("calls in doubt are counted, and not known of a run that was never heard of again", () => {
  expect(unknownCalls(run({ metrics: collected({ by_collector: { chatgpt: { unknown: 2 }, claude: { unknown: 1 } } }) }))).toBe(3);
  expect(unknownCalls(run({ status: "failed" }))).toBeNull();
  expect(unknownCalls(run({ status: "failed", job_type: "scoring" }))).toBe(0);
  expect(unknownCalls(run({ status: "failed", job_type: "answer_import" }))).toBe(0);
  expect(unknownCalls(run({ status: "cancelled", attempt: 0 }))).toBe(0);
});

test("what a run brought is told in words, and its cost is that of asking and of judging", () => {
  const both = { ...collected({ failed_executions: 1 }), scoring: { positions_processed: 3, judge_cost_usd: 0.25 } };
  expect(gainOf(run({ metrics: both }))).toBe("3 answers, 1 call without an answer, 3 scored");
  expect(costOf(run({ metrics: both }))).toBe(750_000);
});

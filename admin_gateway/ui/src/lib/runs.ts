/** What is to be told of a run, from what the server says of it. */
import type { Run } from "../api/client";
import { count, seconds } from "./format";

interface Metrics {
  data_collection?: { collector_results?: number; failed_executions?: number; cost_usd?: number; by_collector?: Record<string, { unknown: number }> };
  answer_import?: { answers?: number };
  scoring?: { positions_processed?: number; sentiments_processed?: number; judge_cost_usd?: number };
}

export function costOf(run: Run): number {
  const metrics = run.metrics as Metrics;
  return Math.round(((metrics.data_collection?.cost_usd ?? 0) + (metrics.scoring?.judge_cost_usd ?? 0)) * 1_000_000);
}

export function tookOf(run: Run): string {
  if (!run.started_at || !run.finished_at) return "–";
  return seconds((new Date(run.finished_at).getTime() - new Date(run.started_at).getTime()) / 1000);
}

/**
 * How many calls were under way when their worker stopped: nobody knows whether they were answered, and paid for.
 * Null where the run does not tell, as it was never heard of again.
 */
export function unknownCalls(run: Run): number | null {
  const { data_collection: collected } = run.metrics as Metrics;
  if (!collected) return ["scoring", "answer_import"].includes(run.job_type) || run.attempt === 0 ? 0 : null;
  return Object.values(collected.by_collector ?? {}).reduce((sum, engine) => sum + engine.unknown, 0);
}

/** Whether a retry may find something to do: what failed, or what could not be asked for want of a key. */
export function isIncomplete(run: Run): boolean {
  const { data_collection: collected } = run.metrics as Metrics;
  return run.status !== "completed" || Boolean(collected?.failed_executions) || run.error_message !== null;
}

/** What a run brought, in a line. */
export function gainOf(run: Run): string {
  const { data_collection: collected, answer_import: imported, scoring } = run.metrics as Metrics;
  const said = [];
  if (imported) said.push(`${count(imported.answers ?? 0, "answer")} imported`);
  if (collected) said.push(count(collected.collector_results ?? 0, "answer"));
  if (collected?.failed_executions) said.push(`${count(collected.failed_executions, "call")} without an answer`);
  if (scoring) said.push(`${scoring.positions_processed ?? 0} scored`);
  return said.join(", ") || "–";
}

/** What the API's names are called on the page. */
import type { Job, Run, Schemas } from "../api/client";
import { count } from "./format";

export const JOB_TYPES = {
  data_collection: "Collect answers",
  scoring: "Score answers",
  data_collection_and_scoring: "Collect and score",
} as const;

/** What a run may be as well: no job does it. */
export const RUN_TYPES = { ...JOB_TYPES, answer_import: "Import answers" } as const;

export const PAGE_KINDS: Record<Schemas["SummedPage"]["kind"], string> = {
  own: "Own",
  competitor: "Competitor's",
  press: "Press",
  forum: "Forum",
  shop: "Shop",
  reference: "Reference",
  other: "Other",
};

export const OVERLAPS: Record<Job["overlap_policy"], string> = {
  skip: "Skip it",
  queue: "Queue it",
  cancel_running: "Cancel the open run",
  allow: "Run both",
};

export const CATCH_UPS: Record<Job["catch_up"], string> = {
  latest: "Catch up on the latest",
  all: "Catch up on all",
  none: "Catch up on none",
};

export const TRIGGERS: Record<Run["trigger"], string> = {
  schedule: "on schedule",
  manual: "by hand",
  backfill: "backfill",
  retry: "retry",
  dependency: "after another job",
};

export function choices<T extends string>(words: Record<T, string>): { value: T; label: string }[] {
  return (Object.entries(words) as [T, string][]).map(([value, label]) => ({ value, label }));
}

/** The options of a job or run, one after another; what has no word of its own is shown as it is. */
export function optionsInWords(options: Record<string, unknown>, titleOf: (collector: string) => string): string[] {
  const said: Record<string, (value: never) => string> = {
    collectors: (names: string[]) => `asks ${names.map(titleOf).join(", ")}`,
    parallel: () => "several at once",
    batch: () => "as a batch",
    samples: (times: number) => `each question ${count(times, "time")}`,
    positionLimit: (most: number) => `positions of at most ${count(most, "answer")}`,
    sentimentLimit: (most: number) => `tone of at most ${count(most, "answer")}`,
    sentiment: (by: string) => (by === "llm" ? "tone judged by an engine" : "tone judged by Answerbeat"),
    judge: (name: string) => `judge: ${titleOf(name)}`,
    locale: (locale: string) => `language ${locale}`,
    country: (country: string) => `country ${country}`,
    city: (city: string) => `city ${city}`,
  };
  const known = Object.keys(said);
  return Object.entries(options)
    .filter(([, value]) => value !== false && value !== null)
    .toSorted(([one], [other]) => place(known, one) - place(known, other))
    .map(([name, value]) => said[name]?.(value as never) ?? `${name}: ${JSON.stringify(value)}`);
}

function place(known: string[], name: string): number {
  return known.includes(name) ? known.indexOf(name) : known.length;
}

/** The API as the gateway describes it in /openapi.json, and its errors. */
import createClient, { type Middleware } from "openapi-fetch";

import type { components, paths } from "./schema";

export type Schemas = components["schemas"];
export type Brand = Schemas["Brand"];
export type Job = Schemas["ScheduledJob"];
export type Run = Schemas["JobRun"];
export type Collector = Schemas["Collector"];
export type Insights = Schemas["Insights"];
export type Estimate = Schemas["Estimate"];
export type Answer = Schemas["Answer"];
export type JobType = Job["job_type"];

/** What the server says is wrong, and at which fields. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly detail: string,
    readonly fields: Record<string, string> = {},
  ) {
    super(detail);
  }
}

export const NO_CONNECTION = 0;
/** The session has ended; the shell asks to sign in again. */
export const SESSION_ENDED = "answerbeat:session-ended";

const problems: Middleware = {
  async onResponse({ response, request }) {
    if (response.ok) return response;
    const isSession = new URL(request.url).pathname === "/api/admin/session";
    if (response.status === 401 && !isSession) window.dispatchEvent(new Event(SESSION_ENDED));
    const body = (await response.json().catch(() => ({}))) as Partial<Schemas["Problem"]>;
    const fields = Object.fromEntries((body.errors ?? []).map((fault) => [fault.field, fault.message]));
    throw new Problem(response.status, body.detail ?? `The server answered ${response.status}.`, fields);
  },
  onError() {
    return new Problem(NO_CONNECTION, "Answerbeat can't be reached. What you see may be old; this heals by itself.");
  },
};

export const api = createClient<paths>({ baseUrl: window.location.origin });
api.use(problems);

/** The body of an answer. Errors are thrown before, as Problem. */
export async function body<T>(answer: Promise<{ data?: T }>): Promise<T> {
  return (await answer).data as T;
}

/** What to tell a person of any error. */
export function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

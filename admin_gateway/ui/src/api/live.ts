/** Changes of runs as they happen: one stream for the whole page, that heals by itself and misses nothing. */
import { useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";

import type { Run } from "./client";

type Link = "connecting" | "open" | "lost";
let link: Link = "connecting";
const listeners = new Set<() => void>();
const ENDED = ["completed", "failed", "cancelled"];

function setLink(now: Link) {
  link = now;
  listeners.forEach((listener) => listener());
}

/** Puts a changed run wherever it is shown, and has read again what depends on it. */
function take(client: QueryClient, run: Run) {
  client.setQueryData(["run", run.id], (old: object | undefined) => old && { ...old, ...run });
  client.setQueriesData({ queryKey: ["runs"] }, (old: { pages: { data: Run[] }[] } | undefined) => {
    if (!old?.pages) return old;
    const pages = old.pages.map((page) => ({ ...page, data: page.data.map((each) => (each.id === run.id ? run : each)) }));
    return { ...old, pages };
  });
  const isNew = !client
    .getQueriesData<{ pages: { data: Run[] }[] }>({ queryKey: ["runs"] })
    .some(([, lists]) => lists?.pages.some((page) => page.data.some((each) => each.id === run.id)));
  const isOver = ENDED.includes(run.status);
  if (isNew || isOver) {
    void client.invalidateQueries({ queryKey: ["runs"] });
    void client.invalidateQueries({ queryKey: ["jobs"] });
    if (run.scheduled_job_id) void client.invalidateQueries({ queryKey: ["job", run.scheduled_job_id] });
  }
  if (isOver) {
    void client.invalidateQueries({ queryKey: ["run", run.id] });
    void client.invalidateQueries({ queryKey: ["trends"] });
    void client.invalidateQueries({ queryKey: ["brand", run.brand_id] });
  }
}

export function useLiveRuns() {
  const client = useQueryClient();
  useEffect(() => {
    let source: EventSource | null = null;
    let again: ReturnType<typeof setTimeout> | undefined;
    const connect = () => {
      source = new EventSource("/api/admin/job-runs/stream");
      source.onopen = () => {
        // What happened meanwhile may have ended before the stream began anew.
        if (link === "lost") void client.invalidateQueries();
        setLink("open");
      };
      source.addEventListener("run", (event) => take(client, JSON.parse(event.data as string) as Run));
      source.onerror = () => {
        setLink("lost");
        // A browser gives up after an answer that is no stream, such as 503: then it is up to us.
        if (source?.readyState !== EventSource.CLOSED) return;
        void client.refetchQueries({ queryKey: ["session"] }); // perhaps that has ended
        again = setTimeout(connect, 2_000);
      };
    };
    connect();
    return () => {
      clearTimeout(again);
      source?.close();
    };
  }, [client]);
}

export function useLink(): Link {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => link,
  );
}

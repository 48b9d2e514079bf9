/** What the page reads from the server, and under which keys it is kept. */
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";

import { api, body, type Schemas } from "./client";
import type { paths } from "./schema";

type Get<P extends keyof paths> = paths[P] extends { get: { parameters: { query?: infer Q } } } ? Q : never;

export function useSession() {
  return useQuery({ queryKey: ["session"], queryFn: () => body(api.GET("/api/admin/session")), staleTime: Infinity, retry: false });
}

/** Whether the signed-in person may do what a role is needed for. */
export function useMay(role: Schemas["Session"]["role"]): boolean {
  const roles = ["viewer", "operator", "admin"];
  return roles.indexOf(useSession().data?.role ?? "viewer") >= roles.indexOf(role);
}

export function useCustomers() {
  return useQuery({
    queryKey: ["customers"],
    queryFn: () => everyPage((page_token) => body(api.GET("/api/admin/customers", { params: { query: { limit: 100, page_token } } }))),
    staleTime: 60_000,
  });
}

function allBrands(customer_id?: string) {
  return {
    queryKey: ["brands", "all", { customer_id }],
    queryFn: () => everyPage((page_token) => body(api.GET("/api/admin/brands", { params: { query: { limit: 100, customer_id, page_token } } }))),
    staleTime: 60_000,
  };
}

/** All brands, to choose from. */
export function useBrandChoices(customer_id?: string): { value: string; label: string }[] {
  const brands = useQuery(allBrands(customer_id));
  return brands.data?.data.map((each) => ({ value: each.id, label: each.name })) ?? [];
}

export function useBrands(customer_id?: string) {
  return useInfiniteQuery({
    queryKey: ["brands", { customer_id }],
    queryFn: ({ pageParam }) =>
      body(api.GET("/api/admin/brands", { params: { query: { limit: 50, customer_id, page_token: pageParam } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last?.next_page_token ?? undefined,
  });
}

export function useBrand(brand_id: string | undefined) {
  return useQuery({
    queryKey: ["brand", brand_id],
    enabled: Boolean(brand_id),
    queryFn: async () => {
      const answer = await api.GET("/api/admin/brands/{brand_id}", { params: { path: { brand_id: brand_id! } } });
      return { ...answer.data!, etag: answer.response.headers.get("etag") ?? "*" };
    },
    staleTime: 30_000,
  });
}

/** From the list of all brands where the page has it anyway, else from the brand itself. */
export function useBrandName(id: string | undefined): string {
  const brands = useQuery({ ...allBrands(), enabled: false });
  const listed = brands.data?.data.find((each) => each.id === id)?.name;
  const brand = useBrand(listed === undefined && !brands.isFetching ? id : undefined);
  return listed ?? brand.data?.name ?? (brand.isPending ? "…" : "a brand that is gone");
}

export function useTopics(brand_id: string) {
  return useQuery({
    queryKey: ["brand", brand_id, "topics"],
    queryFn: () => body(api.GET("/api/admin/brands/{brand_id}/topics-queries", { params: { path: { brand_id } } })),
  });
}

export function useDiagnostics(brand_id: string) {
  return useQuery({
    queryKey: ["brand", brand_id, "diagnostics"],
    queryFn: () => body(api.GET("/api/admin/brands/{brand_id}/diagnostics", { params: { path: { brand_id } } })),
  });
}

export function useCollectors() {
  return useQuery({ queryKey: ["collectors"], queryFn: () => body(api.GET("/api/admin/collectors")), staleTime: 30_000 });
}

/** What an engine is called; its plain name until that is known. */
export function useEngineTitles(): (name: string) => string {
  const collectors = useCollectors();
  return (name) => collectors.data?.data.find((each) => each.name === name)?.title ?? name;
}

/** Whether all engines that can be asked are emulated, as they are in a demo. */
export function useIsEmulated(): boolean {
  const ready = useCollectors().data?.data.filter((each) => each.ready) ?? [];
  return ready.length > 0 && ready.every((each) => each.is_emulated);
}

export type JobFilters = Omit<Get<"/api/admin/scheduled-jobs">, "limit" | "page_token">;

export function useJobs(filters: JobFilters) {
  return useInfiniteQuery({
    queryKey: ["jobs", filters],
    queryFn: ({ pageParam }) =>
      body(api.GET("/api/admin/scheduled-jobs", { params: { query: { ...filters, limit: 25, page_token: pageParam } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last?.next_page_token ?? undefined,
    placeholderData: keepPreviousData,
  });
}

export function useJob(job_id: string | undefined) {
  return useQuery({
    queryKey: ["job", job_id],
    enabled: Boolean(job_id),
    queryFn: async () => {
      const answer = await api.GET("/api/admin/scheduled-jobs/{job_id}", { params: { path: { job_id: job_id! } } });
      return { ...answer.data!, etag: answer.response.headers.get("etag") ?? "*" };
    },
  });
}

export function useJobEvents(job_id: string) {
  return useInfiniteQuery({
    queryKey: ["job", job_id, "events"],
    queryFn: ({ pageParam }) =>
      body(
        api.GET("/api/admin/scheduled-jobs/{job_id}/events", {
          params: { path: { job_id }, query: { limit: 20, page_token: pageParam } },
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last?.next_page_token ?? undefined,
  });
}

export type RunFilters = Omit<Get<"/api/admin/job-runs">, "limit" | "page_token">;

export function useRuns(filters: RunFilters, limit = 25) {
  return useInfiniteQuery({
    queryKey: ["runs", filters, limit],
    queryFn: ({ pageParam }) =>
      body(api.GET("/api/admin/job-runs", { params: { query: { ...filters, limit, page_token: pageParam } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last?.next_page_token ?? undefined,
    placeholderData: keepPreviousData,
  });
}

export function useTrends(filters: Get<"/api/admin/job-runs/trends">) {
  return useQuery({
    queryKey: ["trends", filters],
    queryFn: () => body(api.GET("/api/admin/job-runs/trends", { params: { query: filters } })),
  });
}

export function useRun(run_id: string) {
  return useQuery({
    queryKey: ["run", run_id],
    queryFn: () => body(api.GET("/api/admin/job-runs/{run_id}", { params: { path: { run_id } } })),
  });
}

export function useCalls(run_id: string) {
  return useInfiniteQuery({
    queryKey: ["run", run_id, "calls"],
    queryFn: ({ pageParam }) =>
      body(
        api.GET("/api/admin/job-runs/{run_id}/calls", {
          params: { path: { run_id }, query: { limit: 50, page_token: pageParam } },
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last?.next_page_token ?? undefined,
  });
}

export type Window = { from?: string; to?: string; collector?: string; topic?: string };

export function useInsights(brand_id: string, query: Get<"/api/admin/brands/{brand_id}/insights">, enabled = true) {
  return useQuery({
    queryKey: ["brand", brand_id, "insights", query],
    enabled,
    queryFn: () => body(api.GET("/api/admin/brands/{brand_id}/insights", { params: { path: { brand_id }, query } })),
    placeholderData: keepPreviousData,
  });
}

export function useOpportunities(brand_id: string, query: Window) {
  return useQuery({
    queryKey: ["brand", brand_id, "opportunities", query],
    queryFn: () =>
      body(
        api.GET("/api/admin/brands/{brand_id}/opportunities", { params: { path: { brand_id }, query: { ...query, limit: 20 } } }),
      ),
  });
}

export function useSources(brand_id: string, query: Window) {
  return useQuery({
    queryKey: ["brand", brand_id, "sources", query],
    queryFn: () =>
      body(api.GET("/api/admin/brands/{brand_id}/citations", { params: { path: { brand_id }, query: { ...query, limit: 25 } } })),
  });
}

export function usePages(brand_id: string, query: Window) {
  return useQuery({
    queryKey: ["brand", brand_id, "pages", query],
    queryFn: () => body(api.GET("/api/admin/brands/{brand_id}/pages", { params: { path: { brand_id }, query: { ...query, limit: 25 } } })),
  });
}

export function useSearches(brand_id: string, query: Window) {
  return useQuery({
    queryKey: ["brand", brand_id, "searches", query],
    queryFn: () => body(api.GET("/api/admin/brands/{brand_id}/searches", { params: { path: { brand_id }, query: { ...query, limit: 10 } } })),
  });
}

export function useSuggested(brand_id: string) {
  return useQuery({
    queryKey: ["brand", brand_id, "suggested"],
    queryFn: () => body(api.GET("/api/admin/brands/{brand_id}/suggested-competitors", { params: { path: { brand_id } } })),
  });
}

export type AnswerFilters = Omit<Get<"/api/admin/brands/{brand_id}/answers">, "limit" | "page_token">;

export function useAnswers(brand_id: string, filters: AnswerFilters) {
  return useInfiniteQuery({
    queryKey: ["brand", brand_id, "answers", filters],
    queryFn: ({ pageParam }) =>
      body(
        api.GET("/api/admin/brands/{brand_id}/answers", {
          params: { path: { brand_id }, query: { ...filters, limit: 10, page_token: pageParam } },
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last?.next_page_token ?? undefined,
  });
}

export function useLimits() {
  return useQuery({ queryKey: ["limits"], queryFn: () => body(api.GET("/api/admin/limits")) });
}

export function useTokens(enabled: boolean) {
  return useQuery({ queryKey: ["tokens"], enabled, queryFn: () => body(api.GET("/api/admin/tokens")) });
}

/** All pages that were read, as one list. */
export function all<T>(data: { pages: ({ data: T[] } | undefined)[] } | undefined): T[] {
  return data?.pages.flatMap((page) => page?.data ?? []) ?? [];
}

interface Page<T> {
  data: T[];
  next_page_token: string | null;
}

/** Reads a list to its end. */
async function everyPage<T>(read: (page_token: string | undefined) => Promise<Page<T>>): Promise<{ data: T[] }> {
  const data: T[] = [];
  let next: string | undefined;
  do {
    const page = await read(next);
    data.push(...page.data);
    next = page.next_page_token ?? undefined;
  } while (next);
  return { data };
}

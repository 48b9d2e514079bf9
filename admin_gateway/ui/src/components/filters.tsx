/** The filters that several pages share; what is chosen stands in the address. */
import { Select } from "@mantine/core";

import { useBrandChoices, useCollectors, useCustomers, useTopics } from "../api/queries";
import { choices, RUN_TYPES } from "../lib/words";

export interface Address {
  get: (name: string) => string | undefined;
  set: (changes: Record<string, string | null>) => void;
}

/** Whose jobs or runs, and of which type. */
export function OwnerFilters({ get, set }: Address) {
  const brands = useBrandChoices(get("customer_id"));
  return (
    <>
      <CustomerFilter get={get} set={set} />
      <Select
        aria-label="Brand"
        placeholder="All brands"
        data={brands}
        limit={100}
        value={get("brand_id") ?? null}
        onChange={(value) => set({ brand_id: value })}
        clearable
        searchable
      />
      <Select
        aria-label="Type"
        placeholder="All types"
        data={choices(RUN_TYPES)}
        value={get("job_type") ?? null}
        onChange={(value) => set({ job_type: value })}
        clearable
      />
    </>
  );
}

export function CustomerFilter({ get, set }: Address) {
  const customers = useCustomers();
  return (
    <Select
      aria-label="Customer"
      placeholder="All customers"
      data={customers.data?.data.map((each) => ({ value: each.id, label: each.name })) ?? []}
      limit={100}
      value={get("customer_id") ?? null}
      onChange={(value) => set({ customer_id: value, brand_id: null })}
      clearable
      searchable
    />
  );
}

/** Which answers of a brand. */
export function AnswerFilters({ brandId, get, set }: Address & { brandId: string }) {
  const topics = useTopics(brandId);
  const collectors = useCollectors();
  return (
    <>
      <Select
        aria-label="Engine"
        placeholder="All engines"
        data={collectors.data?.data.map((each) => ({ value: each.name, label: each.title })) ?? []}
        value={get("collector") ?? null}
        onChange={(value) => set({ collector: value })}
        clearable
      />
      <Select
        aria-label="Topic"
        placeholder="All topics"
        data={topics.data?.topics.map((each) => each.name) ?? []}
        value={get("topic") ?? null}
        onChange={(value) => set({ topic: value })}
        clearable
        searchable
      />
    </>
  );
}

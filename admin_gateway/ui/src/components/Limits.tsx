/** How much is asked and spent at most, by customer, brand or engine. */
import { Alert, Button, Group, Modal, NumberInput, Select, SimpleGrid, Stack, Table, Text, Title } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useState } from "react";

import { api, body, type Schemas } from "../api/client";
import { useBrandChoices, useCollectors, useCustomers, useEngineTitles, useLimits } from "../api/queries";
import { markFields } from "../lib/fields";
import { dollars } from "../lib/format";
import { choices } from "../lib/words";
import { useAction } from "./actions";
import { BrandName } from "./bits";
import { Confirm } from "./Confirm";
import { RowActions } from "./RowActions";
import { Empty, Loaded } from "./states";

type Limit = Schemas["Limit"];
type Scope = Limit["scope"];

const SCOPES: Record<Scope, string> = { customer: "Customer", brand: "Brand", collector: "Engine" };
const BOUNDS = ["max_concurrent", "max_per_minute", "max_micro_usd_per_day", "max_micro_usd_per_month"] as const;

export function Limits({ mayEdit }: { mayEdit: boolean }) {
  const limits = useLimits();
  const [editing, setEditing] = useState<Limit | "new" | null>(null);
  const [removing, setRemoving] = useState<Limit | null>(null);
  const remove = useAction({
    run: (of: Limit) => api.DELETE("/api/admin/limits/{scope}/{key}", { params: { path: { scope: of.scope, key: of.key } } }),
    said: () => "The limit is gone.",
    changes: () => [["limits"], ["collectors"]],
    onDone: () => setRemoving(null),
  });
  return (
    <section aria-labelledby="limits">
      <Group justify="space-between" mb="sm">
        <Title order={2} size="h4" id="limits">
          Limits and budgets
        </Title>
        {mayEdit && <Button onClick={() => setEditing("new")}>Set a limit</Button>}
      </Group>
      <Loaded query={limits}>
        {limits.data?.data.length ? (
          <Table.ScrollContainer minWidth={640}>
            <Table>
              <Table.Thead>
                <Table.Tr>
                  {["For", "At once", "Calls a minute", "Spent of a day's", "Spent of a month's", ""].map((name) => (
                    <Table.Th key={name}>{name}</Table.Th>
                  ))}
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {limits.data.data.map((limit) => (
                  <Table.Tr key={limit.scope + limit.key}>
                    <Table.Td style={{ overflowWrap: "anywhere" }}>
                      <Whose limit={limit} />
                      <Text size="xs" c="dimmed">
                        {SCOPES[limit.scope]}
                      </Text>
                    </Table.Td>
                    <Table.Td>{limit.max_concurrent === null ? "–" : `${limit.max_concurrent} ${atOnce(limit.scope)}`}</Table.Td>
                    <Table.Td>{limit.max_per_minute ?? "–"}</Table.Td>
                    <Table.Td>{budget(limit.max_micro_usd_per_day, limit.spent_micro_usd_today)}</Table.Td>
                    <Table.Td>{budget(limit.max_micro_usd_per_month, limit.spent_micro_usd_this_month)}</Table.Td>
                    <Table.Td>
                      {mayEdit && <RowActions change={{ label: "Change the limit", onClick: () => setEditing(limit) }} remove={{ label: "Take the limit away", onClick: () => setRemoving(limit) }} />}
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        ) : (
          <Empty title="No limit is set">A limit holds over all workers; a call beyond a budget is not made.</Empty>
        )}
      </Loaded>
      <Modal opened={editing !== null} onClose={() => setEditing(null)} title="Set a limit" centered closeButtonProps={{ "aria-label": "Close" }}>
        {editing && <LimitForm of={editing === "new" ? null : editing} onDone={() => setEditing(null)} />}
      </Modal>
      <Confirm
        opened={removing !== null}
        onClose={() => setRemoving(null)}
        onConfirm={() => removing && remove.mutate(removing)}
        isBusy={remove.isPending}
        title="Take the limit away?"
        confirm="Take it away"
      >
        From the next call on nothing of it holds, its budgets neither.
      </Confirm>
    </section>
  );
}

/** What a customer's and a brand's bound counts, and what an engine's. */
function atOnce(scope: Scope): string {
  return scope === "collector" ? "calls" : "runs";
}

function Whose({ limit }: { limit: Limit }) {
  const customers = useCustomers();
  const titleOf = useEngineTitles();
  if (limit.scope === "brand") return <BrandName id={limit.key} />;
  if (limit.scope === "customer") return <>{customers.data?.data.find((each) => each.id === limit.key)?.name ?? limit.key}</>;
  return <>{titleOf(limit.key)}</>;
}

function budget(bound: number | null, spent: number): string {
  return bound === null ? "–" : `${dollars(spent)} of ${dollars(bound)}`;
}

type Values = { scope: Scope; key: string } & Record<(typeof BOUNDS)[number], number | "">;

function valuesOf(limit: Limit | null): Values {
  return {
    scope: limit?.scope ?? "customer",
    key: limit?.key ?? "",
    max_concurrent: limit?.max_concurrent ?? "",
    max_per_minute: limit?.max_per_minute ?? "",
    max_micro_usd_per_day: inDollars(limit?.max_micro_usd_per_day),
    max_micro_usd_per_month: inDollars(limit?.max_micro_usd_per_month),
  };
}

function inDollars(microUsd: number | null | undefined): number | "" {
  return microUsd == null ? "" : microUsd / 1e6;
}

/** Sets a limit, or changes one in its place. */
function LimitForm({ of: limit, onDone }: { of: Limit | null; onDone: () => void }) {
  const owners = useOwners();
  const form = useForm({ initialValues: valuesOf(limit) });
  const [fault, setFault] = useState<string | null>(null);
  const set = useAction({
    run: (values: Values) => {
      const given = BOUNDS.filter((name) => values[name] !== "").map((name) => [name, name.includes("usd") ? Math.round(Number(values[name]) * 1e6) : values[name]]);
      const path = { scope: values.scope, key: values.key };
      return body(api.PUT("/api/admin/limits/{scope}/{key}", { params: { path }, body: Object.fromEntries(given) as object }));
    },
    said: () => "The limit holds from the next call on.",
    changes: () => [["limits"], ["collectors"]],
    onDone,
    isToldElsewhere: true,
  });
  const told = (error: unknown) => setFault(markFields(form, error, (field) => (field in form.values ? field : null)) || null);
  return (
    <form onSubmit={form.onSubmit((values) => set.mutate(values, { onError: told }))}>
      <Stack>
        {fault && (
          <Alert color="red" role="alert">
            {fault}
          </Alert>
        )}
        <SimpleGrid cols={2}>
          <Select
            label="For"
            data={choices(SCOPES)}
            {...form.getInputProps("scope")}
            onChange={(scope) => form.setValues({ scope: scope as Scope, key: "" })}
            allowDeselect={false}
            disabled={limit !== null}
          />
          <Select label="Which" data={owners[form.values.scope]} limit={100} {...form.getInputProps("key")} searchable required disabled={limit !== null} />
          <NumberInput label={`At most ${atOnce(form.values.scope)} at once`} min={1} {...form.getInputProps("max_concurrent")} />
          <NumberInput label="Calls a minute" min={1} {...form.getInputProps("max_per_minute")} />
          <NumberInput label="Dollars a day" min={0} decimalScale={2} {...form.getInputProps("max_micro_usd_per_day")} />
          <NumberInput label="Dollars a month" min={0} decimalScale={2} {...form.getInputProps("max_micro_usd_per_month")} />
        </SimpleGrid>
        <Text size="xs" c="dimmed">
          What is left empty has no limit. Days and months are of UTC.
        </Text>
        <Group justify="flex-end">
          <Button type="submit" loading={set.isPending} disabled={!form.values.key || BOUNDS.every((name) => form.values[name] === "")}>
            Set
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function useOwners(): Record<Scope, { value: string; label: string }[]> {
  const customers = useCustomers();
  const brands = useBrandChoices();
  const collectors = useCollectors();
  return {
    customer: customers.data?.data.map((each) => ({ value: each.id, label: each.name })) ?? [],
    brand: brands,
    collector: collectors.data?.data.map((each) => ({ value: each.name, label: each.title })) ?? [],
  };
}

import { ActionIcon, Alert, Button, Code, CopyButton, Group, Modal, NumberInput, Select, SimpleGrid, Stack, Table, Text, TextInput, Title } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useDisclosure } from "@mantine/hooks";
import { IconTrash } from "@tabler/icons-react";
import { useState } from "react";

import { api, body, words, type Schemas } from "../api/client";
import { all, useBrands, useCollectors, useCustomers, useLimits, useMay, useTokens } from "../api/queries";
import { useAction } from "../components/actions";
import { BrandName, Moment, PageTitle } from "../components/bits";
import { Confirm } from "../components/Confirm";
import { Empty, Loaded } from "../components/states";
import { markFields } from "../lib/fields";
import { dollars } from "../lib/format";

export function Component() {
  const mayEdit = useMay("admin");
  return (
    <>
      <PageTitle title="Settings">Bounds on what is asked and spent, and who may call.</PageTitle>
      <Stack gap="xl">
        <Limits mayEdit={mayEdit} />
        {mayEdit ? <Tokens /> : <Alert color="gray">Tokens are shown to admins.</Alert>}
      </Stack>
    </>
  );
}

type Scope = Schemas["Limit"]["scope"];

function Limits({ mayEdit }: { mayEdit: boolean }) {
  const limits = useLimits();
  const [isOpen, { open, close }] = useDisclosure();
  const remove = useAction({
    run: (of: { scope: Scope; key: string }) => api.DELETE("/api/admin/limits/{scope}/{key}", { params: { path: of } }),
    said: () => "The limit is gone.",
    changes: () => [["limits"], ["collectors"]],
  });
  return (
    <section aria-labelledby="limits">
      <Group justify="space-between" mb="sm">
        <Title order={2} size="h4" id="limits">
          Limits and budgets
        </Title>
        {mayEdit && <Button onClick={open}>Set a limit</Button>}
      </Group>
      <Loaded query={limits}>
        {limits.data?.data.length ? (
          <Table.ScrollContainer minWidth={640}>
            <Table>
              <Table.Thead>
                <Table.Tr>
                  {["Of", "At once", "A minute", "A day", "A month", ""].map((name) => (
                    <Table.Th key={name}>{name}</Table.Th>
                  ))}
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {limits.data.data.map((limit) => (
                  <Table.Tr key={limit.scope + limit.key}>
                    <Table.Td>
                      {limit.scope} <Whose limit={limit} />
                    </Table.Td>
                    <Table.Td>{limit.max_concurrent ?? "any"}</Table.Td>
                    <Table.Td>{limit.max_per_minute ?? "any"}</Table.Td>
                    <Table.Td>{budget(limit.max_micro_usd_per_day, limit.spent_micro_usd_today)}</Table.Td>
                    <Table.Td>{budget(limit.max_micro_usd_per_month, limit.spent_micro_usd_this_month)}</Table.Td>
                    <Table.Td>
                      {mayEdit && (
                        <ActionIcon variant="subtle" color="red" aria-label="Take the limit away" onClick={() => remove.mutate(limit)}>
                          <IconTrash size={16} />
                        </ActionIcon>
                      )}
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        ) : (
          <Empty title="Nothing is bounded">A limit holds over all workers; a call beyond a budget is not made.</Empty>
        )}
      </Loaded>
      <SetLimit opened={isOpen} onClose={close} />
    </section>
  );
}

function Whose({ limit }: { limit: Schemas["Limit"] }) {
  const customers = useCustomers();
  if (limit.scope === "brand") return <BrandName id={limit.key} />;
  if (limit.scope === "customer") return <>{customers.data?.data.find((each) => each.id === limit.key)?.name ?? limit.key}</>;
  return <Code>{limit.key}</Code>;
}

function budget(bound: number | null, spent: number): string {
  return bound === null ? "any" : `${dollars(spent)} of ${dollars(bound)}`;
}

function SetLimit({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const customers = useCustomers();
  const brands = useBrands();
  const collectors = useCollectors();
  const form = useForm({
    initialValues: {
      scope: "customer" as Scope,
      key: "",
      max_concurrent: "" as number | "",
      max_per_minute: "" as number | "",
      max_micro_usd_per_day: "" as number | "",
      max_micro_usd_per_month: "" as number | "",
    },
  });
  const [fault, setFault] = useState<string | null>(null);
  const bounds = ["max_concurrent", "max_per_minute", "max_micro_usd_per_day", "max_micro_usd_per_month"] as const;
  const set = useAction({
    run: (values: typeof form.values) => {
      const given = Object.fromEntries(
        bounds.filter((name) => values[name] !== "").map((name) => [name, name.includes("usd") ? Math.round(Number(values[name]) * 1e6) : values[name]]),
      );
      return body(api.PUT("/api/admin/limits/{scope}/{key}", { params: { path: { scope: values.scope, key: values.key } }, body: given }));
    },
    said: () => "The limit holds from the next call on.",
    changes: () => [["limits"], ["collectors"]],
    onDone: () => {
      form.reset();
      onClose();
    },
  });
  const choices = {
    customer: customers.data?.data.map((each) => ({ value: each.id, label: each.name })) ?? [],
    brand: all(brands.data).map((each) => ({ value: each.id, label: each.name })),
    collector: collectors.data?.data.map((each) => ({ value: each.name, label: each.title })) ?? [],
  }[form.values.scope];
  return (
    <Modal opened={opened} onClose={onClose} title="Set a limit" centered closeButtonProps={{ "aria-label": "Close" }}>
      <form
        onSubmit={form.onSubmit((values) =>
          set.mutate(values, {
            onError: (error) => setFault(markFields(form, error, (field) => (field in form.values ? field : null)) || null),
          }),
        )}
      >
        <Stack>
          {fault && (
            <Alert color="red" role="alert">
              {fault}
            </Alert>
          )}
          <SimpleGrid cols={2}>
            <Select
              label="Of a"
              data={["customer", "brand", "collector"]}
              {...form.getInputProps("scope")}
              onChange={(scope) => form.setValues({ scope: scope as Scope, key: "" })}
              allowDeselect={false}
            />
            <Select label="Which" data={choices} {...form.getInputProps("key")} searchable required />
            <NumberInput label="At once" min={1} {...form.getInputProps("max_concurrent")} />
            <NumberInput label="Calls a minute" min={1} {...form.getInputProps("max_per_minute")} />
            <NumberInput label="Dollars a day" min={0} decimalScale={2} {...form.getInputProps("max_micro_usd_per_day")} />
            <NumberInput label="Dollars a month" min={0} decimalScale={2} {...form.getInputProps("max_micro_usd_per_month")} />
          </SimpleGrid>
          <Text size="xs" c="dimmed">
            What is left empty is not bounded. It takes the place of the limit there was.
          </Text>
          <Group justify="flex-end">
            <Button type="submit" loading={set.isPending} disabled={!form.values.key}>
              Set
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function Tokens() {
  const tokens = useTokens(true);
  const [isOpen, { open, close }] = useDisclosure();
  const [revoking, setRevoking] = useState<Schemas["Token"] | null>(null);
  const revoke = useAction({
    run: (id: string) => api.DELETE("/api/admin/tokens/{token_id}", { params: { path: { token_id: id } } }),
    said: () => "The token is revoked.",
    changes: () => [["tokens"]],
    onDone: () => setRevoking(null),
  });
  return (
    <section aria-labelledby="tokens">
      <Group justify="space-between" mb="sm">
        <Title order={2} size="h4" id="tokens">
          Tokens
        </Title>
        <Button onClick={open}>New token</Button>
      </Group>
      <Loaded query={tokens}>
        {tokens.data?.data.length ? (
          <Table.ScrollContainer minWidth={560}>
            <Table>
              <Table.Thead>
                <Table.Tr>
                  {["Name", "Role", "Made", "State", ""].map((name) => (
                    <Table.Th key={name}>{name}</Table.Th>
                  ))}
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {tokens.data.data.map((token) => (
                  <Table.Tr key={token.id}>
                    <Table.Td style={{ overflowWrap: "anywhere" }}>{token.name}</Table.Td>
                    <Table.Td>{token.role}</Table.Td>
                    <Table.Td>
                      <Moment at={token.created_at} mode="local" />
                    </Table.Td>
                    <Table.Td>{token.revoked_at ? "revoked" : "good"}</Table.Td>
                    <Table.Td>
                      {!token.revoked_at && (
                        <Button size="xs" variant="subtle" color="red" onClick={() => setRevoking(token)}>
                          Revoke
                        </Button>
                      )}
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        ) : (
          <Empty title="No token but the operator's own">
            The token that <Code>make up</Code> printed, or <Code>ANSWERBEAT_ADMIN_TOKEN</Code>, stands in no list.
          </Empty>
        )}
      </Loaded>
      <NewToken opened={isOpen} onClose={close} />
      <Confirm
        opened={revoking !== null}
        onClose={() => setRevoking(null)}
        onConfirm={() => revoking && revoke.mutate(revoking.id)}
        isBusy={revoke.isPending}
        title={`Revoke ${revoking?.name}?`}
        confirm="Revoke the token"
      >
        Whoever uses it is refused within seconds. What was made with it stays.
      </Confirm>
    </section>
  );
}

function NewToken({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const customers = useCustomers();
  const form = useForm({ initialValues: { name: "", role: "viewer" as Schemas["Token"]["role"], customer_id: null as string | null } });
  const [secret, setSecret] = useState<string | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const make = useAction({
    run: (values: typeof form.values) => body(api.POST("/api/admin/tokens", { body: values })),
    said: () => "The token is made.",
    changes: () => [["tokens"]],
    onDone: (made) => setSecret(made.secret),
  });
  const close = () => {
    setSecret(null);
    form.reset();
    onClose();
  };
  return (
    <Modal opened={opened} onClose={close} title="New token" centered closeButtonProps={{ "aria-label": "Close" }}>
      {secret ? (
        <Stack>
          <Text size="sm">Copy it now: it is never shown again.</Text>
          <Code block style={{ overflowWrap: "anywhere", whiteSpace: "pre-wrap" }}>
            {secret}
          </Code>
          <Group justify="flex-end">
            <CopyButton value={secret}>{({ copied, copy }) => <Button onClick={copy}>{copied ? "Copied" : "Copy"}</Button>}</CopyButton>
            <Button variant="default" onClick={close}>
              Done
            </Button>
          </Group>
        </Stack>
      ) : (
        <form
          onSubmit={form.onSubmit((values) =>
            make.mutate(values, { onError: (error) => setFault(markFields(form, error, (f) => (f in form.values ? f : null)) || words(error)) }),
          )}
        >
          <Stack>
            {fault && (
              <Alert color="red" role="alert">
                {fault}
              </Alert>
            )}
            <TextInput label="Name" description="who or what it is for" {...form.getInputProps("name")} required data-autofocus />
            <Select
              label="Role"
              data={[
                { value: "viewer", label: "Viewer: reads" },
                { value: "operator", label: "Operator: also runs, cancels and retries" },
                { value: "admin", label: "Admin: changes everything" },
              ]}
              {...form.getInputProps("role")}
              allowDeselect={false}
            />
            <Select
              label="Only of"
              placeholder="all customers"
              data={customers.data?.data.map((each) => ({ value: each.id, label: each.name })) ?? []}
              {...form.getInputProps("customer_id")}
              clearable
            />
            <Group justify="flex-end">
              <Button type="submit" loading={make.isPending} disabled={!form.values.name.trim()}>
                Make it
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}

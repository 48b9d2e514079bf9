/** Who may call: tokens with their roles, made and revoked. */
import { Alert, Button, Code, CopyButton, Group, Modal, Select, Stack, Table, Text, TextInput, Title } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useDisclosure } from "@mantine/hooks";
import { useState } from "react";

import { api, body, type Schemas } from "../api/client";
import { useCustomers, useTokens } from "../api/queries";
import { markFields } from "../lib/fields";
import { useAction } from "./actions";
import { Moment } from "./bits";
import { Confirm } from "./Confirm";
import { Empty, Loaded } from "./states";

export function Tokens() {
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
                    <Table.Td>{token.revoked_at ? "revoked" : "active"}</Table.Td>
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
    isToldElsewhere: true,
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
            make.mutate(values, { onError: (error) => setFault(markFields(form, error, (f) => (f in form.values ? f : null)) || null) }),
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

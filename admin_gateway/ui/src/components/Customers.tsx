/** Whose brands there are: renamed, and taken away once they have none. */
import { Badge, Button, Group, Modal, Stack, Table, TextInput, Title } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useState } from "react";

import { api, body, Problem, words, type Schemas } from "../api/client";
import { useCustomers } from "../api/queries";
import { useAction } from "./actions";
import { Moment } from "./bits";
import { Confirm } from "./Confirm";
import { RowActions } from "./RowActions";
import { Empty, LinkTo, Loaded } from "./states";

type Customer = Schemas["Customer"];

export function Customers({ mayEdit }: { mayEdit: boolean }) {
  const customers = useCustomers();
  const [renaming, setRenaming] = useState<Customer | null>(null);
  const [removing, setRemoving] = useState<Customer | null>(null);
  const remove = useAction({
    run: (of: Customer) => api.DELETE("/api/admin/customers/{customer_id}", { params: { path: { customer_id: of.id } } }),
    said: (_, of) => `${of.name} is gone.`,
    changes: () => [["customers"], ["limits"], ["tokens"]],
    onDone: () => setRemoving(null),
  });
  return (
    <section aria-labelledby="customers">
      <Title order={2} size="h4" id="customers" mb="sm">
        Customers
      </Title>
      <Loaded query={customers}>
        {customers.data?.data.length ? (
          <Table.ScrollContainer minWidth={440}>
            <Table>
              <Table.Thead>
                <Table.Tr>
                  {["Name", "Made", ""].map((name) => (
                    <Table.Th key={name}>{name}</Table.Th>
                  ))}
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {customers.data.data.map((customer) => (
                  <Table.Tr key={customer.id}>
                    <Table.Td style={{ overflowWrap: "anywhere" }}>
                      <LinkTo to={`/admin/brands?customer_id=${customer.id}`}>{customer.name}</LinkTo>{" "}
                      {customer.is_demo && (
                        <Badge variant="light" color="yellow" tt="none" styles={{ label: { color: "var(--mantine-color-text)" } }}>
                          demo
                        </Badge>
                      )}
                    </Table.Td>
                    <Table.Td>
                      <Moment at={customer.created_at} mode="local" />
                    </Table.Td>
                    <Table.Td>
                      {mayEdit && <RowActions change={{ label: `Rename ${customer.name}`, onClick: () => setRenaming(customer) }} remove={{ label: `Delete ${customer.name}`, onClick: () => setRemoving(customer) }} />}
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        ) : (
          <Empty title="No customer yet">One is made with its first brand.</Empty>
        )}
      </Loaded>
      <Modal opened={renaming !== null} onClose={() => setRenaming(null)} title="Rename a customer" centered closeButtonProps={{ "aria-label": "Close" }}>
        {renaming && <Rename customer={renaming} onDone={() => setRenaming(null)} />}
      </Modal>
      <Confirm
        opened={removing !== null}
        onClose={() => setRemoving(null)}
        onConfirm={() => removing && remove.mutate(removing)}
        isBusy={remove.isPending}
        title={`Delete ${removing?.name}?`}
        confirm="Delete the customer"
      >
        Its tokens and limits go with it, and what is known of its costs. It must have no brand any more.
      </Confirm>
    </section>
  );
}

function Rename({ customer, onDone }: { customer: Customer; onDone: () => void }) {
  const form = useForm({ initialValues: { name: customer.name } });
  const rename = useAction({
    run: (name: string) => body(api.PUT("/api/admin/customers/{customer_id}", { params: { path: { customer_id: customer.id } }, body: { name } })),
    said: () => "The customer is renamed.",
    changes: () => [["customers"]],
    onDone,
    isToldElsewhere: true,
  });
  const told = (error: unknown) => form.setFieldError("name", (error instanceof Problem && error.fields["name"]) || words(error));
  return (
    <form onSubmit={form.onSubmit(({ name }) => rename.mutate(name, { onError: told }))}>
      <Stack>
        <TextInput label="Name" {...form.getInputProps("name")} required data-autofocus />
        <Group justify="flex-end">
          <Button type="submit" loading={rename.isPending}>
            Rename
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

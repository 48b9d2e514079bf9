import { Badge, Button, Card, Group, SimpleGrid, Text, Title } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { Link } from "react-router";

import type { Brand } from "../api/client";
import { all, useBrands, useCustomers, useDiagnostics, useMay } from "../api/queries";
import { PageTitle } from "../components/bits";
import { CollectMenu } from "../components/CollectMenu";
import { CustomerFilter } from "../components/filters";
import { Empty, LinkTo, Loaded, More } from "../components/states";
import { useAddress } from "../lib/address";
import { count } from "../lib/format";

export function Component() {
  const [get, set] = useAddress();
  const customers = useCustomers();
  const brands = useBrands(get("customer_id"));
  const rows = all(brands.data);
  const mayEdit = useMay("admin");
  return (
    <>
      <PageTitle
        title="Brands"
        actions={
          mayEdit && (
            <Button component={Link} to="/admin/brands/new" leftSection={<IconPlus size={16} />}>
              New brand
            </Button>
          )
        }
      >
        How AI answer engines speak of each.
      </PageTitle>
      {(customers.data?.data.length ?? 0) > 1 && (
        <Group mb="md" role="search">
          <CustomerFilter get={get} set={set} />
        </Group>
      )}
      <Loaded query={brands} rows={5}>
        {rows.length === 0 ? (
          <Empty title="No brand yet" {...(mayEdit && { action: { to: "/admin/brands/new", label: "Start with a brand" } })}>
            Tell Answerbeat a brand, its competitors and what buyers ask. It asks the engines and reads what they answer.
          </Empty>
        ) : (
          <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
            {rows.map((brand) => (
              <BrandCard key={brand.id} brand={brand} customer={customers.data?.data.find((each) => each.id === brand.customer_id)} />
            ))}
          </SimpleGrid>
        )}
        <More query={brands} shown={rows.length} what="brands" />
      </Loaded>
    </>
  );
}

function BrandCard({ brand, customer }: { brand: Brand; customer: { name: string; is_demo: boolean } | undefined }) {
  const diagnostics = useDiagnostics(brand.id);
  const worst = diagnostics.data?.findings[0];
  return (
    <Card style={{ overflowWrap: "anywhere" }}>
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <div>
          <Title order={2} size="h4">
            <LinkTo to={`/admin/brands/${brand.id}`}>{brand.name}</LinkTo>
          </Title>
          <Text size="xs" c="dimmed">
            {customer?.name}
          </Text>
        </div>
        {customer?.is_demo && (
          <Badge variant="light" color="yellow" tt="none" styles={{ label: { color: "var(--mantine-color-text)" } }}>
            demo: emulated
          </Badge>
        )}
      </Group>
      <Text size="sm" mt="xs">
        {brand.competitors.length ? `Beside ${brand.competitors.map((each) => each.name).join(", ")}` : "No competitor"}
      </Text>
      {worst && worst.severity !== "info" && (
        <Text size="sm" mt="xs" fw={500}>
          ⚠ {worst.message} {diagnostics.data!.findings.length > 1 && `(${count(diagnostics.data!.findings.length - 1, "more finding")})`}
        </Text>
      )}
      <Group mt="md" gap="xs">
        <Button component={Link} to={`/admin/brands/${brand.id}`} size="xs" variant="light">
          Dashboard
        </Button>
        <CollectMenu brandId={brand.id} size="xs" />
      </Group>
    </Card>
  );
}

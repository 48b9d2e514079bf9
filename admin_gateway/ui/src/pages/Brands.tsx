import { Badge, Button, Card, Group, SimpleGrid, Text, Title } from "@mantine/core";
import { useInViewport } from "@mantine/hooks";
import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { Link } from "react-router";

import type { Brand } from "../api/client";
import { all, useBrands, useCustomers, useDiagnostics, useInsights, useMay } from "../api/queries";
import { PageTitle } from "../components/bits";
import { CollectMenu } from "../components/CollectMenu";
import { Figure } from "../components/Figure";
import { CustomerFilter } from "../components/filters";
import { Empty, LinkTo, Loaded, More } from "../components/states";
import { answersOf, useAddress } from "../lib/address";
import { count } from "../lib/format";
import { METRICS, type Metric } from "../lib/metrics";
import { DEFAULT_DAYS, lastDays } from "../lib/period";

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
  const { ref, inViewport } = useInViewport();
  return (
    <Card ref={ref} style={{ overflowWrap: "anywhere" }}>
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
      <Glance brandId={brand.id} isSeen={inViewport} />
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

const AT_A_GLANCE: Metric[] = ["visibility", "share_of_voice", "mean_position"];

/** What the dashboard begins with, once the card is seen. */
function Glance({ brandId, isSeen }: { brandId: string; isSeen: boolean }) {
  const [window] = useState(() => lastDays(DEFAULT_DAYS, Date.now()));
  const insights = useInsights(brandId, window, isSeen);
  const own = insights.data?.names.find((name) => name.is_brand);
  if (!insights.data || !own) return null;
  if (!insights.data.answers) return <Text size="sm" c="dimmed" mt="xs">No answer was read in the last {DEFAULT_DAYS} days.</Text>;
  return (
    <>
      <Group mt="sm" gap="lg" align="flex-start">
        {AT_A_GLANCE.map((metric) => (
          <div key={metric}>
            <Text size="xs" c="dimmed">
              {METRICS[metric].label}
            </Text>
            <Figure metric={metric} of={own[metric]} to={answersOf(brandId, window, { name: metric === "visibility" ? undefined : own.name })} />
          </div>
        ))}
      </Group>
      <Text size="xs" c="dimmed" mt={4}>
        On {count(insights.data.answers, "answer")} in {DEFAULT_DAYS} days
      </Text>
    </>
  );
}

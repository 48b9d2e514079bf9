/** Small things that many pages show. */
import { Badge, Group, Progress, Stack, Text, Title, Tooltip, type MantineColor } from "@mantine/core";
import { useDocumentTitle, useInterval } from "@mantine/hooks";
import { useEffect, useState, type ReactNode } from "react";

import type { Run } from "../api/client";
import { useBrandName } from "../api/queries";
import { local, relative, utc } from "../lib/format";

/** A time in the viewer's zone, with UTC on hover and on focus. */
export function Moment({ at, mode = "both" }: { at: string | null | undefined; mode?: "both" | "relative" | "local" }) {
  const [now, setNow] = useState(() => Date.now());
  const ticking = useInterval(() => setNow(Date.now()), 15_000);
  useEffect(() => {
    ticking.start();
    return ticking.stop;
  }, [ticking]);
  if (!at) return <Text span c="dimmed">–</Text>;
  const said = { relative: relative(at, now), local: local(at), both: `${local(at)} (${relative(at, now)})` }[mode];
  return (
    <Tooltip label={mode === "relative" ? `${local(at)} · ${utc(at)}` : utc(at)} events={{ hover: true, focus: true, touch: true }}>
      <time dateTime={at}>{said}</time>
    </Tooltip>
  );
}

const COLORS: Record<Run["status"], MantineColor> = {
  pending: "gray",
  processing: "blue",
  completed: "teal",
  failed: "red",
  cancelled: "orange",
};

export function Status({ of }: { of: Run["status"] | null }) {
  if (!of) return <Text span size="sm" c="dimmed">never ran</Text>;
  return (
    <Badge color={COLORS[of]} variant="light" autoContrast={false} tt="none" styles={{ label: { color: "var(--mantine-color-text)" } }}>
      {of}
    </Badge>
  );
}

/** In the order in which they are taken. */
const STEPS: Record<string, string> = { answer_import: "Importing", data_collection: "Collecting", scoring: "Scoring: names, then tone" };
const ORDER = Object.keys(STEPS);

/** How far a run is, step by step. */
export function RunProgress({ run }: { run: Run }) {
  const steps = Object.entries(run.progress as Record<string, { done: number; total: number }>).toSorted(([one], [other]) => ORDER.indexOf(one) - ORDER.indexOf(other));
  if (!steps.length) return null;
  return (
    <Stack gap={6} role="group" aria-label="Progress">
      {steps.map(([step, { done, total }]) => (
        <div key={step}>
          <Group justify="space-between" gap="xs">
            <Text size="xs">{STEPS[step] ?? step}</Text>
            <Text size="xs" c="dimmed">
              {done} of {total}
            </Text>
          </Group>
          <Progress
            value={total ? (100 * done) / total : 100}
            animated={run.status === "processing" && done < total}
            aria-label={STEPS[step] ?? step}
          />
        </div>
      ))}
    </Stack>
  );
}

export function BrandName({ id }: { id: string }) {
  return useBrandName(id);
}

export function PageTitle({ title, children, actions }: { title: string; children?: ReactNode; actions?: ReactNode }) {
  useDocumentTitle(`${title} · Answerbeat`);
  return (
    <Group justify="space-between" align="flex-start" mb="lg" gap="sm">
      <div style={{ minWidth: 0, flex: "1 1 280px" }}>
        <Title order={1} size="h2" style={{ overflowWrap: "anywhere" }}>
          {title}
        </Title>
        {children && (
          <Text c="dimmed" size="sm" component="div">
            {children}
          </Text>
        )}
      </div>
      {actions && <Group gap="xs">{actions}</Group>}
    </Group>
  );
}

export function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div>
      <Text size="xs" c="dimmed">
        {label}
      </Text>
      <Text size="sm" component="div" style={{ overflowWrap: "anywhere" }}>
        {children}
      </Text>
    </div>
  );
}

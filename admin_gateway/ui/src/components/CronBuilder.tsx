/** When a job runs: presets or an expression, and what the server makes of it as one types. */
import { Alert, Autocomplete, Group, List, Select, SegmentedControl, Skeleton, Stack, Table, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { api, body, Problem, words, type Schemas } from "../api/client";
import { useEngineTitles } from "../api/queries";
import { build, HOURS, PRESETS, recognise, WEEKDAYS, type Built, type Preset } from "../lib/cron";
import { count, dollars, local } from "../lib/format";

const ZONES = Intl.supportedValuesOf("timeZone").concat("UTC");
export const VIEWER_ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

interface Props {
  expression: string;
  timezone: string;
  onChange: (changes: { cron_expression?: string; timezone?: string }) => void;
  errors: { expression?: unknown; timezone?: unknown };
  brandId?: string | undefined;
  metadata?: Record<string, unknown>;
}

export function CronBuilder({ expression, timezone, onChange, errors, brandId, metadata }: Props) {
  const [choice, setChoice] = useState<Built>(() => recognise(expression));
  const choose = (changes: Partial<Built>) => {
    const next = { ...choice, ...changes };
    setChoice(next);
    onChange({ cron_expression: build(next) });
  };
  return (
    <Stack gap="sm">
      <SegmentedControl
        data={PRESETS}
        value={choice.preset}
        onChange={(preset) => choose({ preset: preset as Preset, expression })}
        aria-label="How often"
        fullWidth
        visibleFrom="sm"
      />
      <Select
        label="How often"
        data={PRESETS}
        value={choice.preset}
        onChange={(preset) => preset && choose({ preset: preset as Preset, expression })}
        allowDeselect={false}
        hiddenFrom="sm"
      />
      <Group align="flex-start" grow preventGrowOverflow={false}>
        {choice.preset === "weekly" && (
          <Select
            label="On"
            data={WEEKDAYS.map((label, i) => ({ value: String(i), label }))}
            value={choice.weekday}
            onChange={(weekday) => weekday && choose({ weekday })}
            allowDeselect={false}
          />
        )}
        {choice.preset === "hourly" && (
          <Select
            label="Every"
            data={HOURS.map((value) => ({ value, label: value === "1" ? "hour" : `${value} hours` }))}
            value={choice.hours}
            onChange={(hours) => hours && choose({ hours })}
            allowDeselect={false}
          />
        )}
        {["daily", "weekdays", "weekly"].includes(choice.preset) && (
          <TextInput label="At" type="time" value={choice.time} onChange={(e) => e.currentTarget.value && choose({ time: e.currentTarget.value })} />
        )}
        {choice.preset === "free" && (
          <TextInput
            label="Cron expression"
            description="minute hour day month weekday"
            value={choice.expression}
            onChange={(event) => choose({ expression: event.currentTarget.value })}
            error={errors.expression as string | undefined}
            spellCheck={false}
          />
        )}
        <Autocomplete
          label="Time zone"
          description={choice.preset === "free" ? "whose clock it follows" : undefined}
          data={ZONES}
          limit={30}
          value={timezone}
          onChange={(zone) => onChange({ timezone: zone })}
          error={errors.timezone as string | undefined}
        />
      </Group>
      <Preview expression={expression} timezone={timezone} brandId={brandId} metadata={metadata} />
    </Stack>
  );
}

function Preview({ expression, timezone, brandId, metadata }: Omit<Props, "onChange" | "errors">) {
  const [asked] = useDebouncedValue({ cron_expression: expression, timezone, count: 5, brand_id: brandId, metadata }, 250);
  const preview = useQuery({
    queryKey: ["preview", asked],
    queryFn: () => body(api.POST("/api/admin/scheduled-jobs/preview", { body: asked })),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    retry: false,
  });
  if (preview.error) {
    const faults = preview.error instanceof Problem ? Object.entries(preview.error.fields) : [];
    const fields = faults.filter(([field]) => !field.startsWith("metadata")).map(([, message]) => message);
    if (faults.length && !fields.length) return <Text size="sm">The next times are shown when the options below are right.</Text>;
    return (
      <Alert color="red" role="alert" p="sm">
        {fields.length ? fields.map((message) => <Text key={message} size="sm">{message}</Text>) : words(preview.error)}
      </Alert>
    );
  }
  if (!preview.data) return <Skeleton height={120} />;
  const { description, next_runs, runs_in_30_days, forecast } = preview.data;
  const isElsewhere = timezone !== VIEWER_ZONE;
  return (
    <Stack gap="xs" aria-live="polite">
      <Text size="sm" fw={600}>
        {description}
      </Text>
      <Table.ScrollContainer minWidth={280}>
        <Table verticalSpacing={4} aria-label="Next five times">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>In {timezone}</Table.Th>
              {isElsewhere && <Table.Th>Where you are ({VIEWER_ZONE})</Table.Th>}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {next_runs.map((fire) => (
              <Table.Tr key={fire.utc}>
                <Table.Td>
                  {wall(fire.local)}
                  {fire.note && (
                    <Text size="xs" fw={600}>
                      ⚠ {fire.note}
                    </Text>
                  )}
                </Table.Td>
                {isElsewhere && <Table.Td>{local(fire.utc)}</Table.Td>}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {!next_runs.length && <Text size="sm">It never comes due.</Text>}
      {forecast && <ForecastLine forecast={forecast} runs={runs_in_30_days} />}
    </Stack>
  );
}

/** The clock's own reading of a local time, whatever zone the viewer is in. */
function wall(iso: string): string {
  const [date = "", clock = ""] = iso.split("T");
  const parsed = new Date(`${date}T00:00:00Z`);
  const day = parsed.toLocaleDateString(undefined, { weekday: "short", day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
  return `${day}, ${clock.slice(0, 5)}`;
}

function ForecastLine({ forecast, runs }: { forecast: Schemas["Forecast"]; runs: number }) {
  const titleOf = useEngineTitles();
  const unpriced = forecast.engines.filter((engine) => engine.cost_micro_usd === null && !engine.missing && engine.calls);
  const missing = forecast.engines.filter((engine) => engine.missing);
  return (
    <div>
      <Text size="sm">
        In 30 days: {count(runs, "run")}, {count(forecast.calls, "call")}, {unpriced.length ? "at least" : "about"}{" "}
        <b>{dollars(forecast.cost_micro_usd)}</b> by what calls cost lately.
      </Text>
      <List size="xs" c="dimmed">
        {unpriced.length > 0 && <List.Item>The cost of these is not in it, as they were never asked: {unpriced.map((e) => titleOf(e.collector)).join(", ")}.</List.Item>}
        {missing.map((engine) => (
          <List.Item key={engine.collector}>
            {titleOf(engine.collector)} is not asked: {engine.missing}.
          </List.Item>
        ))}
      </List>
    </div>
  );
}

/** A job's fields, for making and for changing one. The server checks them; its words stand at the field. */
import { Accordion, Alert, Button, Checkbox, Group, MultiSelect, NumberInput, Select, SimpleGrid, Stack, Switch, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useState, type ReactNode } from "react";

import type { Job, JobType, Schemas } from "../api/client";
import { all, useBrandChoices, useCollectors, useJobs } from "../api/queries";
import { markFields } from "../lib/fields";
import { CATCH_UPS, choices, JOB_TYPES, OVERLAPS } from "../lib/words";
import { CronBuilder, VIEWER_ZONE } from "./CronBuilder";

type Options = Record<string, unknown>;

export interface JobValues {
  brand_id: string;
  job_type: JobType;
  cron_expression: string;
  timezone: string;
  is_active: boolean;
  metadata: Options;
  overlap_policy: Job["overlap_policy"];
  catch_up: Job["catch_up"];
  jitter_seconds: number;
  max_attempts: number;
  timeout_seconds: number;
  pause_after_failures: number;
  depends_on: string | null;
}

export function newJob(brandId: string): JobValues {
  return {
    brand_id: brandId,
    job_type: "data_collection_and_scoring",
    cron_expression: "0 9 * * *",
    timezone: VIEWER_ZONE,
    is_active: true,
    metadata: { parallel: true },
    overlap_policy: "skip",
    catch_up: "latest",
    jitter_seconds: 0,
    max_attempts: 3,
    timeout_seconds: 3_600,
    pause_after_failures: 0,
    depends_on: null,
  };
}

const FIELDS = new Set<string>([
  "brand_id", "job_type", "cron_expression", "timezone", "is_active", "overlap_policy", "catch_up", "jitter_seconds",
  "max_attempts", "timeout_seconds", "pause_after_failures", "depends_on",
]);

const OPTIONS = ["collectors", "samples", "locale", "country", "parallel", "batch", "sentiment", "positionLimit", "sentimentLimit"];

/** Where an option's error is told: at its field, if it has one. */
function optionAt(field: string): string | null {
  const name = /^metadata\.(\w+)/.exec(field)?.[1];
  if (name && OPTIONS.includes(name)) return `metadata.${name}`;
  return field.startsWith("metadata") ? "metadata" : null;
}

interface Props {
  initial: JobValues;
  isNew: boolean;
  save: (values: JobValues) => Promise<void>;
  submit: string;
  extra?: ReactNode;
}

export function JobForm({ initial, isNew, save, submit, extra }: Props) {
  const form = useForm<JobValues>({ initialValues: initial });
  const [fault, setFault] = useState<string | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const brands = useBrandChoices();
  const set = form.setFieldValue;
  const send = async (values: JobValues) => {
    setIsBusy(true);
    setFault(null);
    try {
      await save(values);
    } catch (error) {
      setFault(markFields(form, error, (field) => (FIELDS.has(field) ? field : optionAt(field))));
    } finally {
      setIsBusy(false);
    }
  };
  return (
    <form onSubmit={form.onSubmit((values) => void send(values))} noValidate>
      <Stack gap="lg" maw={820}>
        {fault && (
          <Alert color="red" role="alert">
            {fault}
          </Alert>
        )}
        {extra}
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          {isNew && (
            <Select
              label="Brand"
              data={brands}
              limit={100}
              value={form.values.brand_id || null}
              onChange={(id) => set("brand_id", id ?? "")}
              error={form.errors["brand_id"]}
              searchable
              required
            />
          )}
          <Select
            label="What it does"
            data={choices(JOB_TYPES)}
            {...form.getInputProps("job_type")}
            allowDeselect={false}
          />
        </SimpleGrid>
        <CronBuilder
          expression={form.values.cron_expression}
          timezone={form.values.timezone}
          onChange={(changes) => form.setValues(changes)}
          errors={{ expression: form.errors["cron_expression"], timezone: form.errors["timezone"] }}
          brandId={form.values.job_type === "scoring" ? undefined : form.values.brand_id || undefined}
          metadata={form.values.metadata}
        />
        {form.errors["metadata"] && (
          <Alert color="red" role="alert">
            {form.errors["metadata"]}
          </Alert>
        )}
        <OptionFields
          jobType={form.values.job_type}
          options={form.values.metadata}
          errorOf={(name) => form.errors[`metadata.${name}`]}
          onChange={(metadata, name) => {
            form.clearFieldError(`metadata.${name}`);
            set("metadata", metadata);
          }}
        />
        <Accordion variant="contained">
          <Accordion.Item value="more">
            <Accordion.Control>When runs meet, fail or are missed</Accordion.Control>
            <Accordion.Panel>
              <Policies form={form} />
            </Accordion.Panel>
          </Accordion.Item>
        </Accordion>
        <Switch label="Active" {...form.getInputProps("is_active", { type: "checkbox" })} />
        <Group>
          <Button type="submit" loading={isBusy}>
            {submit}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function Policies({ form }: { form: ReturnType<typeof useForm<JobValues>> }) {
  const jobs = useJobs({ brand_id: form.values.brand_id || undefined });
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }}>
      <Select
        label="When it comes due while a run is open"
        data={choices(OVERLAPS)}
        {...form.getInputProps("overlap_policy")}
        allowDeselect={false}
      />
      <Select
        label="After an outage"
        data={choices(CATCH_UPS)}
        {...form.getInputProps("catch_up")}
        allowDeselect={false}
      />
      <NumberInput label="Attempts" min={1} max={20} {...form.getInputProps("max_attempts")} />
      <NumberInput label="Time for an attempt, in seconds" min={1} {...form.getInputProps("timeout_seconds")} />
      <NumberInput label="Jitter, in seconds" description="begins up to so much later" min={0} {...form.getInputProps("jitter_seconds")} />
      <NumberInput
        label="Pause after failures in a row"
        description="0 never pauses"
        min={0}
        {...form.getInputProps("pause_after_failures")}
      />
      <Select
        label="Runs only after"
        description="another job's success"
        data={all(jobs.data).map((job) => ({ value: job.id, label: `${JOB_TYPES[job.job_type]}: ${job.cron_description}, ${job.timezone}` }))}
        {...form.getInputProps("depends_on")}
        clearable
      />
    </SimpleGrid>
  );
}

interface OptionProps {
  jobType: JobType;
  options: Options;
  errorOf: (name: string) => ReactNode;
  onChange: (options: Options, changed: string) => void;
}

/** The options that most jobs set; others stay as they are. */
function OptionFields({ jobType, options, errorOf, onChange }: OptionProps) {
  const collectors = useCollectors();
  const put = (name: string, value: unknown) => {
    const isUnset = value === undefined || value === "" || value === false || (Array.isArray(value) && !value.length);
    const others = Object.entries(options).filter(([other]) => other !== name);
    onChange(Object.fromEntries(isUnset ? others : [...others, [name, value]]), name);
  };
  const number = (name: string) => ({
    value: (options[name] as number | undefined) ?? "",
    onChange: (value: number | string) => put(name, typeof value === "number" ? value : undefined),
    error: errorOf(name),
  });
  return (
    <Stack gap="sm">
      {jobType !== "scoring" && (
        <>
          <MultiSelect
            label="Engines"
            description="The brand's own choice, else all that have a key, when left empty"
            data={engineChoices(collectors.data?.data ?? [])}
            value={(options["collectors"] as string[] | undefined) ?? []}
            onChange={(names) => put("collectors", names)}
            error={errorOf("collectors")}
            clearable
          />
          <SimpleGrid cols={{ base: 1, sm: 3 }}>
            <NumberInput label="Times each question is asked" min={1} max={20} placeholder="1" {...number("samples")} />
            <TextInput label="Language" error={errorOf("locale")} placeholder="each question's own" value={(options["locale"] as string) ?? ""} onChange={(e) => put("locale", e.currentTarget.value)} />
            <TextInput label="Country" error={errorOf("country")} placeholder="each question's own" value={(options["country"] as string) ?? ""} onChange={(e) => put("country", e.currentTarget.value.toUpperCase())} />
          </SimpleGrid>
          <Group>
            <Checkbox label="Ask several at once" checked={options["parallel"] === true} onChange={(e) => put("parallel", e.currentTarget.checked)} />
            <Checkbox label="As a batch: half the price, within a day" checked={options["batch"] === true} onChange={(e) => put("batch", e.currentTarget.checked)} />
          </Group>
        </>
      )}
      {jobType !== "data_collection" && (
        <SimpleGrid cols={{ base: 1, sm: 3 }}>
          <Select
            label="Tone is judged by"
            data={[
              { value: "encoder", label: "Answerbeat itself, at no cost" },
              { value: "llm", label: "An engine's model" },
            ]}
            value={(options["sentiment"] as string) ?? "encoder"}
            onChange={(value) => put("sentiment", value === "llm" ? "llm" : undefined)}
            allowDeselect={false}
            error={errorOf("sentiment")}
          />
          <NumberInput label="Answers read for positions, at most" placeholder="all" min={1} {...number("positionLimit")} />
          <NumberInput label="Answers read for tone, at most" placeholder="all" min={1} {...number("sentimentLimit")} />
        </SimpleGrid>
      )}
    </Stack>
  );
}

export function engineChoices(collectors: Schemas["Collector"][]) {
  return collectors.map((each) => ({ value: each.name, label: each.ready ? each.title : `${each.title} (no key)` }));
}

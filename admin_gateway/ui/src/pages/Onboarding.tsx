/** From nothing to a first run in one flow. What was made already is kept when a later step fails. */
import { Alert, Autocomplete, Button, Checkbox, Group, List, Stack, Stepper, Switch, Text } from "@mantine/core";
import { useForm } from "@mantine/form";
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";

import { api, body, Problem, words } from "../api/client";
import { useCollectors, useCustomers, useEngineTitles, useIsEmulated } from "../api/queries";
import { PageTitle } from "../components/bits";
import { brandField, BrandFields, CompetitorFields, EngineField, type BrandValues } from "../components/BrandFields";
import { CronBuilder, VIEWER_ZONE } from "../components/CronBuilder";
import { QuestionInput } from "../components/QuestionInput";
import { markFields } from "../lib/fields";
import { count, dollars } from "../lib/format";
import { asTopics, fromLines } from "../lib/questions";

interface Values extends BrandValues {
  customer: string;
  questions: string;
  cron_expression: string;
  timezone: string;
  hasSchedule: boolean;
  runsNow: boolean;
}

const STEPS = ["Brand", "Competitors", "Questions", "Engines and schedule"];

export function Component() {
  const [step, setStep] = useState(0);
  const [reached, setReached] = useState(0);
  const [fault, setFault] = useState<string | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const form = useForm<Values>({
    initialValues: {
      customer: "", name: "", aliases: [], domains: [], ai_models: [], competitors: [], questions: "",
      cron_expression: "0 9 * * *", timezone: VIEWER_ZONE, hasSchedule: true, runsNow: true,
    },
  });
  const isEmulated = useIsEmulated();
  const start = useStart(isEmulated);
  const go = (to: number) => {
    if (to > step) {
      const missing = whatIsMissing(step, form.values);
      form.setErrors(missing);
      if (Object.keys(missing).length) return;
    }
    setFault(null);
    setStep(to);
    setReached(Math.max(reached, to));
  };
  const finish = async () => {
    setIsBusy(true);
    setFault(null);
    try {
      await start(form.values);
    } catch (error) {
      setFault(markFields(form, error, fieldOf));
      if (error instanceof Problem) setStep(stepOf(Object.keys(error.fields)) ?? step);
    } finally {
      setIsBusy(false);
    }
  };
  return (
    <>
      <PageTitle title="New brand">Four steps, about five minutes. Everything can be changed later.</PageTitle>
      <Stack maw={860}>
        <Stepper active={step} onStepClick={go} size="sm">
          {STEPS.map((label, i) => (
            <Stepper.Step key={label} label={label} allowStepSelect={i <= reached} />
          ))}
        </Stepper>
        {isEmulated && (
          <Alert color="yellow" p="sm">
            Engines are emulated here: what they answer is made up, costs nothing, and names your brand only where a question does. A customer made here stays a
            demo, also when real keys are set later.
          </Alert>
        )}
        {fault && (
          <Alert color="red" role="alert">
            {fault}
          </Alert>
        )}
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (step < STEPS.length - 1) go(step + 1);
            else void finish();
          }}
          noValidate
        >
          <Stack gap="lg">
            {step === 0 && <BrandStep form={form} />}
            {step === 1 && <CompetitorFields form={form as never} />}
            {step === 2 && <QuestionInput value={form.values.questions} onChange={(lines) => form.setFieldValue("questions", lines)} error={form.errors["questions"] as string} />}
            {step === 3 && <LastStep form={form} />}
            <Group justify="space-between">
              <Button variant="default" disabled={step === 0} onClick={() => go(step - 1)}>
                Back
              </Button>
              <Button type="submit" loading={isBusy}>
                {step < STEPS.length - 1 ? "Next" : form.values.runsNow ? "Create and run" : "Create"}
              </Button>
            </Group>
          </Stack>
        </form>
      </Stack>
    </>
  );
}

type Form = ReturnType<typeof useForm<Values>>;

function BrandStep({ form }: { form: Form }) {
  const customers = useCustomers();
  return (
    <Stack>
      <Autocomplete
        label="Customer"
        description="Whose brand it is: one that is there, or a new name, such as your company's"
        data={customers.data?.data.map((each) => each.name) ?? []}
        {...form.getInputProps("customer")}
        required
      />
      <BrandFields form={form as never} />
    </Stack>
  );
}

function LastStep({ form }: { form: Form }) {
  const titleOf = useEngineTitles();
  const topics = asTopics(fromLines(form.values.questions));
  const questions = topics.reduce((sum, topic) => sum + topic.queries.length, 0);
  return (
    <Stack>
      <EngineField form={form as never} />
      <Switch label="Ask on a schedule" {...form.getInputProps("hasSchedule", { type: "checkbox" })} />
      {form.values.hasSchedule && (
        <CronBuilder
          expression={form.values.cron_expression}
          timezone={form.values.timezone}
          onChange={(changes) => form.setValues(changes)}
          errors={{ expression: form.errors["cron_expression"], timezone: form.errors["timezone"] }}
        />
      )}
      <Checkbox label="Collect and score now, as a first run" {...form.getInputProps("runsNow", { type: "checkbox" })} />
      <Text size="sm" component="div">
        <b>{form.values.name}</b>
        <List size="sm">
          <List.Item>{count(form.values.competitors.length, "competitor")}</List.Item>
          <List.Item>
            {count(questions, "question")} in {count(topics.length, "topic")}
          </List.Item>
          <List.Item>{form.values.ai_models.length ? form.values.ai_models.map(titleOf).join(", ") : "all engines that have a key"}</List.Item>
          <List.Item>
            A run makes <RunCost engines={form.values.ai_models} questions={questions} />
          </List.Item>
        </List>
      </Text>
    </Stack>
  );
}

/** What a run would cost by what calls cost lately: the server's forecast needs a brand, which is not made yet. */
function RunCost({ engines, questions }: { engines: string[]; questions: number }) {
  const collectors = useCollectors();
  const asked = collectors.data?.data.filter((each) => each.ready && (!engines.length || engines.includes(each.name))) ?? [];
  const unpriced = asked.filter((each) => each.typical_cost_micro_usd === null);
  const cost = asked.reduce((sum, each) => sum + questions * (each.typical_cost_micro_usd ?? 0), 0);
  return (
    <>
      {count(questions * asked.length, "call")}, {unpriced.length ? "at least" : "about"} {dollars(cost)}
      {unpriced.length > 0 && `; what ${unpriced.map((each) => each.title).join(", ")} will cost is not known before the first call`}
    </>
  );
}

/** What a step still needs, by the field that is to tell it. */
function whatIsMissing(step: number, values: Values): Record<string, string> {
  const needed: [boolean, string, string][] = [
    [step === 0 && !values.customer.trim(), "customer", "Say whose brand it is."],
    [step === 0 && !values.name.trim(), "name", "Name the brand."],
    ...values.competitors.map((each, i): [boolean, string, string] => [step === 1 && !each.name.trim(), `competitors.${i}.name`, "Name it, or take it away."]),
    [step === 2 && !fromLines(values.questions).length, "questions", "Add at least one question."],
  ];
  return Object.fromEntries(needed.filter(([isMissing]) => isMissing).map(([, field, words]) => [field, words]));
}

function fieldOf(field: string): string | null {
  if (field.startsWith("topics")) return "questions";
  return ["cron_expression", "timezone"].includes(field) ? field : brandField(field);
}

function stepOf(fields: string[]): number | null {
  const first = fields[0];
  if (!first) return null;
  if (first.startsWith("competitors")) return 1;
  if (first.startsWith("topics")) return 2;
  return ["name", "aliases", "domains", "customer_id"].some((name) => first.startsWith(name)) ? 0 : 3;
}

/** Makes what is missing, step by step: a second try goes on where the first one failed. */
function useStart(isEmulated: boolean) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [made, setMade] = useState<{ customer?: { id: string; name: string }; brandId?: string; hasJob?: boolean }>({});
  const customers = useCustomers();
  return async (values: Values) => {
    const done = { ...made };
    try {
      const name = values.customer.trim();
      const known = customers.data?.data.find((each) => each.name === name) ?? (done.customer?.name === name ? done.customer : undefined);
      const customer = known ?? (await body(api.POST("/api/admin/customers", { body: { name, is_demo: isEmulated } })));
      done.customer = { id: customer.id, name };
      const { aliases, domains, ai_models, competitors } = values;
      const content = { name: values.name, aliases, domains, ai_models, competitors, topics: asTopics(fromLines(values.questions)) };
      if (done.brandId) {
        await api.PUT("/api/admin/brands/{brand_id}", { params: { path: { brand_id: done.brandId } }, body: content });
      } else {
        const brand = await body(api.POST("/api/admin/brands", { body: { ...content, customer_id: customer.id } }));
        done.brandId = brand.id;
      }
      const brand_id = done.brandId;
      if (values.hasSchedule && !done.hasJob) {
        const { cron_expression, timezone } = values;
        const job = { customer_id: customer.id, brand_id, cron_expression, timezone, metadata: { parallel: true } };
        await api.POST("/api/admin/scheduled-jobs", { body: { ...job, job_type: "data_collection_and_scoring" } });
        done.hasJob = true;
      }
      void client.invalidateQueries();
      if (!values.runsNow) {
        notifications.show({ message: `${values.name} is set up.`, color: "teal" });
        return await navigate(`/admin/brands/${brand_id}`);
      }
      const run = await body(
        api.POST("/api/admin/brands/{brand_id}/runs", {
          params: { path: { brand_id } },
          body: { job_type: "data_collection_and_scoring", metadata: { parallel: true } },
        }),
      );
      notifications.show({ message: `${values.name} is set up, and its first run has begun.`, color: "teal" });
      return await navigate(`/admin/runs/${run.id}`);
    } catch (error) {
      setMade(done);
      if (!(error instanceof Problem)) throw new Error(words(error));
      throw error;
    }
  };
}

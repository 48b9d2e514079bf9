import { ActionIcon, Alert, Button, Card, Group, Modal, NativeSelect, Stack, Switch, TextInput, Title } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useDisclosure } from "@mantine/hooks";
import { IconTrash } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate, useParams } from "react-router";

import { api, Problem, type Brand, type Schemas } from "../api/client";
import { useBrand, useTopics } from "../api/queries";
import { useAction } from "../components/actions";
import { PageTitle } from "../components/bits";
import { brandField, BrandFields, CompetitorFields, EngineField, type BrandValues } from "../components/BrandFields";
import { Confirm } from "../components/Confirm";
import { QuestionInput } from "../components/QuestionInput";
import { Loaded } from "../components/states";
import { Versions } from "../components/Versions";
import { markFields } from "../lib/fields";
import { asTopics, fromLines } from "../lib/questions";

interface Question {
  id?: string;
  text: string;
  is_active: boolean;
  locale?: string | null;
  country?: string | null;
  is_branded?: boolean | null;
}

interface Values extends BrandValues {
  topics: { name: string; queries: Question[] }[];
}

type Read = Brand & { etag: string };
const BRANDED = [
  { value: "", label: "brand in it: as read" },
  { value: "true", label: "names the brand" },
  { value: "false", label: "does not name it" },
];
const NAMES = ["name", "aliases", "domains", "ai_models", "competitors", "topics"] as const;

function valuesOf(brand: Read, topics: Schemas["TopicsQueries"]): Values {
  const { name, aliases, domains, ai_models, competitors } = brand;
  const asked = topics.topics.map((topic) => ({
    name: topic.name,
    queries: topic.queries.map(({ id, text, is_active, locale, country, is_branded }) => ({ id, text, is_active, locale, country, is_branded })),
  }));
  return { name, aliases, domains, ai_models, competitors: competitors as BrandValues["competitors"], topics: asked };
}

export function Component() {
  const { brandId = "" } = useParams();
  const brand = useBrand(brandId);
  const topics = useTopics(brandId);
  // The version the form begins with: another's change in the meantime must not slip in under it.
  const [base, setBase] = useState<{ brand: Read; topics: Schemas["TopicsQueries"] } | null>(null);
  if (!base && brand.data && topics.data && !brand.isFetching && !topics.isFetching) setBase({ brand: brand.data, topics: topics.data });
  const [mine, setMine] = useState<Values | null>(null);
  const readAgain = async (values: Values) => {
    const [newer, asked] = [(await brand.refetch()).data, (await topics.refetch()).data];
    if (!newer || !asked) return;
    setMine(values);
    setBase({ brand: newer, topics: asked });
  };
  return (
    <Loaded query={brand}>
      {base && (
        <Edit
          key={`${base.brand.etag} ${mine ? "mine" : "theirs"}`}
          brand={base.brand}
          theirs={valuesOf(base.brand, base.topics)}
          mine={mine}
          takeTheirs={() => setMine(null)}
          onStale={readAgain}
        />
      )}
    </Loaded>
  );
}

interface EditProps {
  brand: Read;
  theirs: Values;
  mine: Values | null;
  takeTheirs: () => void;
  onStale: (values: Values) => Promise<void>;
}

function Edit({ brand, theirs, mine, takeTheirs, onStale }: EditProps) {
  const form = useForm<Values>({ initialValues: mine ?? theirs });
  const [fault, setFault] = useState<string | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const navigate = useNavigate();
  const client = useQueryClient();
  const save = async (values: Values) => {
    setIsBusy(true);
    setFault(null);
    try {
      await api.PUT("/api/admin/brands/{brand_id}", {
        params: { path: { brand_id: brand.id }, header: { "if-match": brand.etag } },
        body: values,
      });
      await client.invalidateQueries({ queryKey: ["brand", brand.id] });
      void client.invalidateQueries({ queryKey: ["brands"] });
      await navigate(`/admin/brands/${brand.id}`);
    } catch (error) {
      if (error instanceof Problem && error.status === 412) await onStale(values);
      else setFault(markFields(form, error, fieldOf));
    } finally {
      setIsBusy(false);
    }
  };
  return (
    <>
      <PageTitle title={`Edit ${brand.name}`} actions={<DeleteBrand brand={brand} />}>
        The next run that scores reads the stored answers again by the new names.
      </PageTitle>
      <form onSubmit={form.onSubmit((values) => void save(values))} noValidate>
        <Stack gap="lg" maw={900}>
          {fault && (
            <Alert color="red" role="alert">
              {fault}
            </Alert>
          )}
          {mine && <Versions what="brand" names={NAMES} theirs={theirs} mine={mine} takeTheirs={takeTheirs} />}
          <BrandFields form={form as never} />
          <EngineField form={form as never} />
          <Title order={2} size="h4">
            Competitors
          </Title>
          <CompetitorFields form={form as never} />
          <Topics form={form} />
          <Group>
            <Button type="submit" loading={isBusy}>
              {mine ? "Save mine over theirs" : "Save"}
            </Button>
          </Group>
        </Stack>
      </form>
    </>
  );
}

function fieldOf(field: string): string | null {
  const question = /^topics\[(\d+)\](?:\.queries\[(\d+)\])?/.exec(field);
  if (!question) return brandField(field);
  return question[2] === undefined ? `topics.${question[1]}.name` : `topics.${question[1]}.queries.${question[2]}.text`;
}

function Topics({ form }: { form: ReturnType<typeof useForm<Values>> }) {
  const [isOpen, { open, close }] = useDisclosure();
  const [lines, setLines] = useState("");
  const add = () => {
    const topics = form.values.topics.map((topic) => ({ ...topic, queries: [...topic.queries] }));
    for (const more of asTopics(fromLines(lines))) {
      const queries = more.queries.map(({ text }) => ({ text, is_active: true }));
      const there = topics.find((topic) => topic.name === more.name);
      if (there) there.queries.push(...queries);
      else topics.push({ name: more.name, queries });
    }
    form.setFieldValue("topics", topics);
    setLines("");
    close();
  };
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Title order={2} size="h4">
          Topics and questions
        </Title>
        <Button variant="light" onClick={open}>
          Add questions
        </Button>
      </Group>
      {form.values.topics.map((topic, i) => (
        <Card key={i} p="sm">
          <Group wrap="nowrap" align="flex-start" mb="xs">
            <TextInput label="Topic" {...form.getInputProps(`topics.${i}.name`)} style={{ flex: 1 }} />
            <ActionIcon variant="subtle" color="red" mt={26} aria-label={`Remove topic ${topic.name}`} onClick={() => form.removeListItem("topics", i)}>
              <IconTrash size={16} />
            </ActionIcon>
          </Group>
          <Stack gap={6}>
            {topic.queries.map((query, j) => (
              <Group key={query.id ?? `new ${j}`} wrap="nowrap" align="flex-start" gap="xs">
                <Group gap="xs" style={{ flex: 1 }}>
                  <TextInput aria-label={`Question ${j + 1} of ${topic.name}`} {...form.getInputProps(`topics.${i}.queries.${j}.text`)} style={{ flex: "1 1 220px" }} />
                  <NativeSelect
                    aria-label={`Whether question ${j + 1} of ${topic.name} names the brand`}
                    data={BRANDED}
                    value={query.is_branded == null ? "" : String(query.is_branded)}
                    onChange={(e) => form.setFieldValue(`topics.${i}.queries.${j}.is_branded`, e.currentTarget.value === "" ? null : e.currentTarget.value === "true")}
                  />
                </Group>
                <Switch aria-label={`Ask question ${j + 1} of ${topic.name}`} mt={8} {...form.getInputProps(`topics.${i}.queries.${j}.is_active`, { type: "checkbox" })} />
                <ActionIcon variant="subtle" color="red" mt={4} aria-label={`Remove question ${j + 1} of ${topic.name}`} onClick={() => form.removeListItem(`topics.${i}.queries`, j)}>
                  <IconTrash size={16} />
                </ActionIcon>
              </Group>
            ))}
          </Stack>
        </Card>
      ))}
      <Modal opened={isOpen} onClose={close} title="Add questions" size="lg" closeButtonProps={{ "aria-label": "Close" }}>
        <QuestionInput value={lines} onChange={setLines} />
        <Group justify="flex-end" mt="md">
          <Button onClick={add} disabled={!fromLines(lines).length}>
            Add them
          </Button>
        </Group>
      </Modal>
    </Stack>
  );
}

function DeleteBrand({ brand }: { brand: Brand }) {
  const [isOpen, { open, close }] = useDisclosure();
  const navigate = useNavigate();
  const remove = useAction({
    run: () => api.DELETE("/api/admin/brands/{brand_id}", { params: { path: { brand_id: brand.id } } }),
    said: () => `${brand.name} is deleted.`,
    changes: () => [["brands"], ["jobs"], ["runs"]],
    onDone: () => void navigate("/admin/brands"),
  });
  return (
    <>
      <Button variant="subtle" color="red" leftSection={<IconTrash size={16} />} onClick={open}>
        Delete
      </Button>
      <Confirm opened={isOpen} onClose={close} onConfirm={() => remove.mutate(undefined)} isBusy={remove.isPending} title={`Delete ${brand.name}?`} confirm="Delete all of it">
        Its schedules, runs, answers and numbers go with it; only what it has cost stays in its customer's budget. To keep the history, pause its jobs instead.
      </Confirm>
    </>
  );
}

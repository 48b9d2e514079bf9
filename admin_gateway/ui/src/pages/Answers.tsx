import { Anchor, Badge, Button, Card, Group, List, Select, Stack, Table, Text, Title } from "@mantine/core";
import { lazy, Suspense, useMemo } from "react";
import { useParams } from "react-router";

import type { Answer, Brand } from "../api/client";
import { all, useAnswers, useBrand, useEngineTitles, useTopics } from "../api/queries";
import { Moment, PageTitle } from "../components/bits";
import { AnswerFilters, type Address } from "../components/filters";
import { AnswerAside, LeftOut } from "../components/SetAside";
import { Empty, LinkTo, Loaded, More, Waiting } from "../components/states";
import { useAddress } from "../lib/address";
import { day, dollars, placeOf, seconds } from "../lib/format";

const AnswerText = lazy(() => import("../components/AnswerText"));
const FILTERS = ["run_id", "from", "to", "collector", "topic", "query_id", "name", "domain"] as const;

export function Component() {
  const { brandId = "" } = useParams();
  const brand = useBrand(brandId);
  return <Loaded query={brand}>{brand.data && <Answers brand={brand.data} />}</Loaded>;
}

function Answers({ brand }: { brand: Brand }) {
  const [get, set] = useAddress();
  const filters = Object.fromEntries(FILTERS.map((name) => [name, get(name)]));
  const answers = useAnswers(brand.id, filters);
  const rows = all(answers.data);
  const spellings = useMemo(() => spellingsOf(brand), [brand]);
  return (
    <>
      <PageTitle title={`Answers about ${brand.name}`}>
        <LinkTo to={`/admin/brands/${brand.id}`}>Back to the numbers</LinkTo>
      </PageTitle>
      <Filters brand={brand} get={get} set={set} />
      <Loaded query={answers} rows={8}>
        {rows.length ? (
          <Stack>
            {rows.map((answer) => (
              <One key={answer.id} answer={answer} brand={brand} spellings={spellings} />
            ))}
          </Stack>
        ) : (
          <Empty title={FILTERS.some(get) ? "No answer matches" : "No answer yet"}>
            {FILTERS.some(get) ? "Take a filter away to see more." : "Collect some from the brand's page."}
          </Empty>
        )}
        <More query={answers} shown={rows.length} what="answers" />
      </Loaded>
    </>
  );
}

function spellingsOf(brand: Brand): Map<string, string> {
  const found = new Map<string, string>();
  for (const each of [brand, ...brand.competitors]) {
    for (const spelling of [each.name, ...(each.aliases ?? [])]) found.set(spelling, each.name);
  }
  return found;
}

function Filters({ brand, get, set }: Address & { brand: Brand }) {
  const topics = useTopics(brand.id);
  const question = topics.data?.topics.flatMap((topic) => topic.queries).find((query) => query.id === get("query_id"));
  const [from, to] = [get("from"), get("to")];
  const chips: [string[], string][] = [];
  if (from || to) chips.push([["from", "to"], `${from ? day(from) : "…"} to before ${to ? day(to) : "…"} (UTC)`]);
  if (get("query_id")) chips.push([["query_id"], question?.text ?? "one question"]);
  if (get("run_id")) chips.push([["run_id"], "one run"]);
  if (get("domain")) chips.push([["domain"], `cites ${get("domain")}`]);
  return (
    <Stack gap="xs" mb="md">
      <Group gap="sm" role="search">
        <Select
          aria-label="Names"
          placeholder="Whomever they name"
          data={[brand.name, ...brand.competitors.map((each) => each.name)].map((name) => ({ value: name, label: `names ${name}` }))}
          value={get("name") ?? null}
          onChange={(value) => set({ name: value })}
          clearable
        />
        <AnswerFilters brandId={brand.id} get={get} set={set} />
      </Group>
      <Group gap="xs">
        {chips.map(([names, label]) => (
          <Button key={label} size="compact-sm" variant="default" onClick={() => set(Object.fromEntries(names.map((name) => [name, null])))} rightSection="×" aria-label={`Take away: ${label}`}>
            <Text span size="xs" maw={260} truncate>
              {label}
            </Text>
          </Button>
        ))}
      </Group>
    </Stack>
  );
}

const TONES = { positive: "teal", neutral: "gray", negative: "red" } as const;

function One({ answer, brand, spellings }: { answer: Answer; brand: Brand; spellings: Map<string, string> }) {
  const titleOf = useEngineTitles();
  const named = answer.names.filter((name) => name.mentions > 0);
  return (
    <Card component="article" aria-label={answer.question}>
      <Title order={2} size="h5" style={{ overflowWrap: "anywhere" }}>
        {answer.question}
      </Title>
      <Text size="xs" c="dimmed" mb="sm">
        {titleOf(answer.collector)} · {answer.surface === "app" && "in its app · "}
        {answer.model && `${answer.model} · `}
        <Moment at={answer.collected_at} mode="local" /> · {answer.latency_ms > 0 && `${seconds(answer.latency_ms / 1000)} · `}
        {dollars(answer.cost_micro_usd)} · {placeOf(answer) && `asked from ${placeOf(answer)} · `}
        {answer.is_branded && "the question names the brand · "}
        <LinkTo to={`/admin/runs/${answer.run_id}`}>its run</LinkTo>
      </Text>
      <div style={{ display: "flex", flexWrap: "wrap", gap: 24 }}>
        <div style={{ flex: "2 1 380px", minWidth: 0 }}>
          <Suspense fallback={<Waiting />}>
            <AnswerText markdown={answer.text} spellings={spellings} brand={brand.name} />
          </Suspense>
        </div>
        <Stack gap="sm" style={{ flex: "1 1 240px", minWidth: 0 }}>
          <Names named={named} />
          <Citations answer={answer} />
          <Searched answer={answer} />
          {answer.is_test && <Text size="sm">Of a test, which counts nowhere.</Text>}
          {answer.run_set_aside && <LeftOut aside={answer.run_set_aside} run />}
          <AnswerAside answer={answer} brandId={brand.id} />
        </Stack>
      </div>
    </Card>
  );
}

function Names({ named }: { named: Answer["names"] }) {
  if (!named.length) return <Text size="sm">It names nobody that is tracked.</Text>;
  return (
    <Table verticalSpacing={4} aria-label="Who is named">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Named</Table.Th>
          <Table.Th>Place</Table.Th>
          <Table.Th>Tone</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {named.map((name) => (
          <Table.Tr key={name.name}>
            <Table.Td fw={name.is_brand ? 700 : 400} style={{ overflowWrap: "anywhere" }}>
              {name.name} {name.mentions > 1 && `×${name.mentions}`}
            </Table.Td>
            <Table.Td>{name.position ?? "–"}</Table.Td>
            <Table.Td>
              {name.sentiment ? (
                <details>
                  <summary>
                    <Badge size="sm" variant="light" color={TONES[name.sentiment.label]} tt="none" styles={{ label: { color: "var(--mantine-color-text)" } }}>
                      {name.sentiment.label}
                    </Badge>
                  </summary>
                  {name.sentiment.sentences.map((sentence) => (
                    <Text key={sentence} size="xs" style={{ overflowWrap: "anywhere" }}>
                      “{sentence}”
                    </Text>
                  ))}
                  {name.sentiment.judge && (
                    <Text size="xs" c="dimmed">
                      judged by {name.sentiment.judge}
                    </Text>
                  )}
                </details>
              ) : (
                "–"
              )}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function Searched({ answer }: { answer: Answer }) {
  if (!answer.searched.length) return null;
  return (
    <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
      It looked at {answer.searched.length} more and cites none of them: {answer.searched.map((page) => page.title ?? page.url).join(", ")}
    </Text>
  );
}

function Citations({ answer }: { answer: Answer }) {
  if (!answer.citations.length) return <Text size="sm">It cites no page.</Text>;
  return (
    <div>
      <Text size="sm" fw={600}>
        It cites
      </Text>
      <List size="xs" spacing={4} type="ordered">
        {answer.citations.map((page) => (
          <List.Item key={page.url} style={{ overflowWrap: "anywhere" }}>
            {/^https?:\/\//i.test(page.url) ? (
              <Anchor href={page.url} target="_blank" rel="noreferrer noopener nofollow" size="xs">
                {page.title ?? page.url}
              </Anchor>
            ) : (
              page.url
            )}{" "}
            <Text span size="xs" c="dimmed">
              {page.domain}
              {page.owner && `, ${page.owner}'s own`}
            </Text>
          </List.Item>
        ))}
      </List>
    </div>
  );
}

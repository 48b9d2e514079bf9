/** What answers cite, by site or by page, and what engines searched for. */
import { Anchor, Card, Group, NativeSelect, SegmentedControl, Table, Text, Title } from "@mantine/core";
import { type ReactNode } from "react";

import { api, body, type Estimate, type Schemas } from "../api/client";
import { useMay, usePages, useSearches, useSources, type Window } from "../api/queries";
import { answersOf } from "../lib/address";
import { day, percent } from "../lib/format";
import { choices, PAGE_KINDS } from "../lib/words";
import { useAction } from "./actions";
import type { Address } from "./filters";
import { LinkTo, Loaded } from "./states";

type SummedPage = Schemas["SummedPage"];

const SHOWN = 12;
const BREAKS = { overflowWrap: "anywhere" } as const;

interface Of {
  brandId: string;
  window: Window;
}

export function Sources({ brandId, window, get, set }: Of & Address) {
  const isByPage = get("sources") === "pages";
  return (
    <Card component="section" aria-label="Sources">
      <Group justify="space-between">
        <Title order={2} size="h4">
          Sources
        </Title>
        <SegmentedControl
          size="xs"
          aria-label="Sources by"
          data={[
            { value: "domains", label: "Domains" },
            { value: "pages", label: "Pages" },
          ]}
          value={isByPage ? "pages" : "domains"}
          onChange={(value) => set({ sources: value === "pages" ? "pages" : null })}
        />
      </Group>
      <Text size="sm" c="dimmed" mb="sm">
        {isByPage ? "Pages" : "Sites"} that answers cite most: where to be named.
      </Text>
      {isByPage ? <Pages brandId={brandId} window={window} /> : <Domains brandId={brandId} window={window} />}
    </Card>
  );
}

function Domains({ brandId, window }: Of) {
  const sources = useSources(brandId, window);
  return (
    <Loaded query={sources}>
      {sources.data?.sources.length ? (
        <Rows columns={["Site", "Owner", "In answers"]}>
          {sources.data.sources.slice(0, SHOWN).map((source) => (
            <Table.Tr key={source.domain}>
              <Table.Td style={BREAKS}>
                <LinkTo to={answersOf(brandId, window, { domain: source.domain })}>{source.domain}</LinkTo>
              </Table.Td>
              <Table.Td>{source.owner ?? "–"}</Table.Td>
              <Table.Td>{inAnswers(source.answers, source.share)}</Table.Td>
            </Table.Tr>
          ))}
        </Rows>
      ) : (
        <Text size="sm">No page was cited.</Text>
      )}
    </Loaded>
  );
}

function Pages({ brandId, window }: Of) {
  const pages = usePages(brandId, window);
  return (
    <Loaded query={pages}>
      {pages.data?.data.length ? (
        <Rows columns={["Page", "Kind", "In answers", "Seen"]}>
          {pages.data.data.slice(0, SHOWN).map((page) => (
            <Table.Tr key={page.url}>
              <Table.Td style={BREAKS}>
                <Anchor href={page.url} target="_blank" rel="noopener noreferrer nofollow" size="sm">
                  <bdi>{short(page.title ?? page.url)}</bdi>
                </Anchor>
                <Text size="xs" c="dimmed">
                  {page.domain}
                </Text>
              </Table.Td>
              <Table.Td>
                <Kind brandId={brandId} page={page} />
              </Table.Td>
              <Table.Td>{inAnswers(page.answers, page.share)}</Table.Td>
              <Table.Td>{seen(page)}</Table.Td>
            </Table.Tr>
          ))}
        </Rows>
      ) : (
        <Text size="sm">No page was cited.</Text>
      )}
    </Loaded>
  );
}

const BY_RULES = "";

/** What a page is; who may, says otherwise. */
function Kind({ brandId, page }: { brandId: string; page: SummedPage }) {
  const maySay = useMay("operator");
  const say = useAction({
    run: (kind: string) => sayKind(brandId, page.url, kind),
    said: (_, kind) => (kind === BY_RULES ? "Left to the rules again" : `Kept as ${PAGE_KINDS[kind as SummedPage["kind"]]}`),
    changes: () => [["brand", brandId, "pages"]],
  });
  const told = PAGE_KINDS[page.kind];
  if (!maySay) return page.is_kind_by_hand ? `${told} (by hand)` : told;
  return (
    <NativeSelect
      size="xs"
      aria-label={`Kind of ${short(page.title ?? page.url)}`}
      data={[...choices(PAGE_KINDS), ...(page.is_kind_by_hand ? [{ value: BY_RULES, label: "As the rules say" }] : [])]}
      value={page.kind}
      disabled={say.isPending}
      onChange={(event) => say.mutate(event.currentTarget.value)}
    />
  );
}

function sayKind(brand_id: string, url: string, kind: string) {
  const path = { brand_id };
  return kind === BY_RULES
    ? body(api.DELETE("/api/admin/brands/{brand_id}/page-kinds", { params: { path, query: { url } } }))
    : body(api.PUT("/api/admin/brands/{brand_id}/page-kinds", { params: { path }, body: { url, kind: kind as SummedPage["kind"] } }));
}

export function Searches({ brandId, window }: Of) {
  const searches = useSearches(brandId, window);
  if (!searches.data?.data.length) return null;
  return (
    <Card component="section" aria-label="Searches">
      <Title order={2} size="h4">
        What engines searched for
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        Searches that engines made themselves to answer, as far as they tell.
      </Text>
      <Rows columns={["Search", "For answers", "Seen"]}>
        {searches.data.data.map((search) => (
          <Table.Tr key={search.text}>
            <Table.Td style={BREAKS}>
              <bdi>{short(search.text)}</bdi>
            </Table.Td>
            <Table.Td>{inAnswers(search.answers, search.share)}</Table.Td>
            <Table.Td>{seen(search)}</Table.Td>
          </Table.Tr>
        ))}
      </Rows>
    </Card>
  );
}

function Rows({ columns, children }: { columns: string[]; children: ReactNode }) {
  return (
    <Table.ScrollContainer minWidth={400}>
      <Table verticalSpacing={4}>
        <Table.Thead>
          <Table.Tr>
            {columns.map((column) => (
              <Table.Th key={column}>{column}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>{children}</Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function inAnswers(answers: number, share: Estimate | null | undefined): string {
  return share?.value == null ? String(answers) : `${answers} (${percent(share.value)})`;
}

function seen({ first_seen, last_seen }: { first_seen: string; last_seen: string }): string {
  return first_seen === last_seen ? day(first_seen) : `${day(first_seen)} – ${day(last_seen)}`;
}

const LONGEST = 120;

function short(text: string): string {
  const characters = [...text];
  return characters.length > LONGEST ? `${characters.slice(0, LONGEST).join("")}…` : text;
}

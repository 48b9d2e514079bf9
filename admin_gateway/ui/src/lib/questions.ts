/** Topics and questions as people paste or upload them. */
import Papa from "papaparse";

export interface Question {
  topic: string;
  text: string;
}

export const NO_TOPIC = "General";
const HEADINGS = { topic: /^(topic|group|category|theme)s?$/i, text: /^(question|query|queries|prompt|keyword|search term|text)s?$/i };

/** Lines as questions: `# Topic` begins a topic; the lines that follow are its questions. */
export function fromLines(pasted: string): Question[] {
  let topic = NO_TOPIC;
  const found: Question[] = [];
  for (const line of pasted.split(/\r?\n/).map((each) => each.trim())) {
    if (line.startsWith("#")) topic = line.replace(/^#+\s*/, "") || NO_TOPIC;
    else if (line) found.push({ topic, text: line.replace(/^([-*•]|\d+[.)])\s+/, "") });
  }
  return found;
}

/**
 * A table as questions: by its headings, such as `topic` and `question`; without them a column of questions, or one of
 * topics before it. None where that would make questions of something else, such as volumes.
 */
export function fromCsv(csv: string): Question[] {
  const rows = Papa.parse<string[]>(csv.replace(/^\uFEFF/, ""), { skipEmptyLines: "greedy" }).data;
  const heading = (rows[0] ?? []).map((cell) => cell.trim());
  const text = heading.findIndex((cell) => HEADINGS.text.test(cell));
  const topic = heading.findIndex((cell) => HEADINGS.topic.test(cell));
  const body = text >= 0 ? rows.slice(1) : rows;
  const isTold = text >= 0 || (rows.every((row) => row.length <= 2) && rows.slice(1).every((row) => /\p{L}/u.test(row.at(-1) ?? "")));
  if (!isTold) return [];
  return body
    .map((row) => {
      const at = text >= 0 ? text : row.length - 1;
      const of = text >= 0 ? topic : row.length > 1 ? 0 : -1;
      return { topic: (of >= 0 ? row[of]?.trim() : "") || NO_TOPIC, text: (row[at] ?? "").trim().replace(/\s+/g, " ") };
    })
    .filter((question) => question.text);
}

/** Each question once, in its topic, as the API takes them. */
export function asTopics(questions: Question[]): { name: string; queries: { text: string }[] }[] {
  const topics = new Map<string, Map<string, { text: string }>>();
  const seen = new Set<string>();
  for (const { topic, text } of questions) {
    const folded = text.toLowerCase();
    if (seen.has(folded)) continue;
    seen.add(folded);
    const queries = topics.get(topic) ?? new Map<string, { text: string }>();
    topics.set(topic, queries.set(folded, { text }));
  }
  return [...topics].map(([name, queries]) => ({ name, queries: [...queries.values()] }));
}

/** Back to lines, for editing. */
export function toLines(topics: { name: string; queries: { text: string }[] }[]): string {
  return topics.map((t) => [`# ${t.name}`, ...t.queries.map((q) => q.text)].join("\n")).join("\n\n");
}

/** Where names stand in a text, so that they can be marked. What counts as a mention is the server's to say. */

export interface Marked {
  text: string;
  name: string | null;
}

const WORD = /[\p{L}\p{N}]/u;
/** Scripts that put no spaces between words. */
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u;

function isInsideWord(text: string, start: number, end: number): boolean {
  const [before, first] = [text[start - 1] ?? "", text[start] ?? ""];
  const [last, after] = [text[end - 1] ?? "", text[end] ?? ""];
  const joins = (a: string, b: string) => WORD.test(a) && WORD.test(b) && !UNSPACED.test(a) && !UNSPACED.test(b);
  return joins(before, first) || joins(last, after);
}

/** The text in pieces, each a name's or nobody's. `spellings` maps what may stand there to whom it means. */
export function mark(text: string, spellings: Map<string, string>): Marked[] {
  const known = [...spellings.keys()].filter(Boolean).sort((a, b) => b.length - a.length);
  if (!known.length) return [{ text, name: null }];
  const pattern = new RegExp(known.map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|"), "giu");
  const folded = new Map([...spellings].map(([spelling, name]) => [spelling.toLowerCase(), name]));
  const pieces: Marked[] = [];
  let done = 0;
  for (const match of text.matchAll(pattern)) {
    const end = match.index + match[0].length;
    if (isInsideWord(text, match.index, end)) continue;
    if (match.index > done) pieces.push({ text: text.slice(done, match.index), name: null });
    pieces.push({ text: match[0], name: folded.get(match[0].toLowerCase()) ?? null });
    done = end;
  }
  if (done < text.length) pieces.push({ text: text.slice(done), name: null });
  return pieces;
}

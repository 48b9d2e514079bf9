import { describe, expect, it } from "vitest";

import { mark } from "./names";

const names = (...spellings: [string, string][]) => new Map(spellings);
const marked = (text: string, spellings: Map<string, string>) =>
  mark(text, spellings).filter((piece) => piece.name).map((piece) => [piece.text, piece.name]);

describe("mark", () => {
  it("gives back the whole text, whatever it marks", () => {
    const text = "Ledgerly beats Ledger; ledgerly's fans agree.";
    expect(mark(text, names(["Ledgerly", "Ledgerly"])).map((piece) => piece.text).join("")).toBe(text);
  });
  it("marks a name however it is capitalised, and by its other names", () => {
    const found = marked("LEDGERLY and Ledger Lee", names(["Ledgerly", "Ledgerly"], ["Ledger Lee", "Ledgerly"]));
    expect(found).toEqual([["LEDGERLY", "Ledgerly"], ["Ledger Lee", "Ledgerly"]]);
  });
  it("marks no part of another word", () => {
    expect(marked("Codas, encoda, Coda's, (Coda)", names(["Coda", "Coda"]))).toEqual([["Coda", "Coda"], ["Coda", "Coda"]]);
  });
  it("takes the longer of two names", () => {
    expect(marked("Velta Outdoor", names(["Velta", "A"], ["Velta Outdoor", "B"]))).toEqual([["Velta Outdoor", "B"]]);
  });
  it("reads a name with the signs of regular expressions as it stands", () => {
    expect(marked("Is C++ or a.b better? axb", names(["C++", "C++"], ["a.b", "a.b"]))).toEqual([["C++", "C++"], ["a.b", "a.b"]]);
  });
  it("finds names in scripts without spaces", () => {
    expect(marked("我喜欢小米手机", names(["小米", "Xiaomi"]))).toEqual([["小米", "Xiaomi"]]);
  });
});

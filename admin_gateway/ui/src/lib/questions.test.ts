import { describe, expect, it } from "vitest";

import { asTopics, fromCsv, fromLines, toLines } from "./questions";

describe("fromLines", () => {
  it("reads topics, questions, and lists as people paste them", () => {
    expect(fromLines("First?\r\n# Price\n- Cheap?\n2. Dear?\n\n## \nLast?")).toEqual([
      { topic: "General", text: "First?" },
      { topic: "Price", text: "Cheap?" },
      { topic: "Price", text: "Dear?" },
      { topic: "General", text: "Last?" },
    ]);
  });
});

describe("fromCsv", () => {
  it("goes by the headings, in any order, with commas and line breaks in quotes", () => {
    const csv = '\uFEFFid,Question,Topic\n1,"Which, of\nall?",Price\n2,Why?,\n';
    expect(fromCsv(csv)).toEqual([{ topic: "Price", text: "Which, of all?" }, { topic: "General", text: "Why?" }]);
  });
  it("takes a file without headings as topic and question, or as questions", () => {
    expect(fromCsv("Price,Cheap?\n")).toEqual([{ topic: "Price", text: "Cheap?" }]);
    expect(fromCsv("Cheap?\nDear?")).toEqual([{ topic: "General", text: "Cheap?" }, { topic: "General", text: "Dear?" }]);
  });
  it("takes a list of keywords, and no other column for questions", () => {
    expect(fromCsv("Keyword;Volume\nbest bread;100")).toEqual([{ topic: "General", text: "best bread" }]);
    expect(fromCsv("Phrase;Volume\nbest bread;100")).toEqual([]);
    expect(fromCsv("Phrase,Intent,Page\nbest bread,buy,/bread")).toEqual([]);
    expect(fromCsv("best bread,buy,/bread")).toEqual([]);
  });
  it("takes semicolons as well", () => {
    expect(fromCsv("topic;question\nPrice;Cheap?")).toEqual([{ topic: "Price", text: "Cheap?" }]);
  });
});

describe("asTopics", () => {
  it("asks each question once and keeps the order", () => {
    const topics = asTopics(fromLines("# B\nOne?\n# A\nTwo?\n# B\none?\nThree?"));
    expect(topics).toEqual([
      { name: "B", queries: [{ text: "One?" }, { text: "Three?" }] },
      { name: "A", queries: [{ text: "Two?" }] },
    ]);
    expect(asTopics(fromLines(toLines(topics)))).toEqual(topics);
  });
});

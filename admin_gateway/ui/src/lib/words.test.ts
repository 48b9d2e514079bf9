import { expect, test } from "vitest";

import { optionsInWords } from "./words";

const titleOf = (name: string) => ({ chatgpt: "ChatGPT", google_aio: "Google AI Overviews" })[name] ?? name;

test("options are told in words, with engines by their titles", () => {
  const options = { positionLimit: 50, samples: 3, parallel: true, collectors: ["chatgpt", "google_aio"] };
  expect(optionsInWords(options, titleOf)).toEqual([
    "asks ChatGPT, Google AI Overviews", "several at once", "each question 3 times", "positions of at most 50 answers",
  ]);
});

test("what is off is not told, and what has no word is shown as it is", () => {
  expect(optionsInWords({ parallel: false, judge: null, labels: ["q3"] }, titleOf)).toEqual(['labels: ["q3"]']);
});

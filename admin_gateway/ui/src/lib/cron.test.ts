import { describe, expect, it } from "vitest";

import { build, recognise } from "./cron";

describe("the schedule builder", () => {
  it.each(["0 9 * * *", "30 18 * * 1-5", "5 0 * * 0", "0 * * * *", "0 */6 * * *"])("knows its own %s again", (expression) => {
    const found = recognise(expression);
    expect(found.preset).not.toBe("free");
    expect(build(found)).toBe(expression);
  });
  it.each(["0 9 1 * *", "0 9 * * 1,3", "@daily", "0 */5 * * *", "x", "", "0 9 * * 7"])("leaves %s as it is written", (expression) => {
    expect(recognise(expression)).toMatchObject({ preset: "free", expression });
    expect(build(recognise(expression))).toBe(expression);
  });
});

import { expect, test } from "vitest";

import { dollars, seconds } from "./format";

test.each([
  [0, "0 s"], [0.25, "250 ms"], [1, "1 s"], [2.64, "2.6 s"], [42.4, "42 s"], [100, "1.7 min"], [200, "3.3 min"], [3_600, "60 min"], [5_400, "1.5 h"],
])("%s seconds are written %s", (value, said) => expect(seconds(value)).toBe(said));

test.each([
  [null, "price unknown"], [0, "$0.00"], [30, "under $0.0001"], [50, "$0.0001"], [6_400, "$0.0064"], [240_000, "$0.2400"], [14_100_000, "$14.10"],
])("%s millionths are written %s", (microUsd, said) => expect(dollars(microUsd)).toBe(said));

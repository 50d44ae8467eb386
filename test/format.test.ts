import { expect, test } from "vitest";
import { formatBytes, formatDuration, formatNumber } from "../src/format.js";

test.each([
  [0, "0 s"],
  [59.4, "59 s"],
  [59.6, "1 min 00 s"],
  [3599, "59 min 59 s"],
  [12_000, "3 h 20 min"],
  [2 * 86_400 + 4 * 3600, "2 d 4 h"],
])("%d seconds are %s", (seconds, text) => expect(formatDuration(seconds)).toBe(text));

test.each([
  [0, "0"],
  [1.2e-5, "1.20e-5"],
  [0.01234, "0.0123"],
  [1.2345, "1.23"],
  [99.96, "100"],
  [1234.5, "1235"],
])("%d is %s", (value, text) => expect(formatNumber(value)).toBe(text));

test.each([
  [93e7, "930 MB"],
  [1.2e9, "1.20 GB"],
  [3.07e6, "3.07 MB"],
])("%d bytes are %s", (bytes, text) => expect(formatBytes(bytes)).toBe(text));

import { expect, test } from "vitest";
import { runExample } from "./run-example.js";

test("own-op.ts passes its gradient check in every direction", { timeout: 60_000 }, async () => {
  const [header, ...rows] = (await runExample("own-op.ts")).trim().split("\n");
  expect(header).toMatch(/^input .* verdict$/);
  expect(rows).toHaveLength(4);
  for (const row of rows) expect(row).toMatch(/^input 0 \[2, 5, 3\] .* ok$/);
});

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root, runExample } from "./run-example.js";

test("own-op.ts passes its gradient check in every direction", { timeout: 60_000 }, async () => {
  const [header, ...rows] = (await runExample("own-op.ts")).trim().split("\n");
  expect(header).toMatch(/^input .* verdict$/);
  expect(rows).toHaveLength(4);
  for (const row of rows) expect(row).toMatch(/^input 0 \[2, 5, 3\] .* ok$/);
});

test("ARCHITECTURE.md contains the op of own-op.ts", () => {
  const example = readFileSync(join(root, "examples/own-op.ts"), "utf8");
  const [op] = /^const silu[^]*?^}\);\n/m.exec(example) ?? expect.fail("own-op.ts has no op silu");
  expect(readFileSync(join(root, "ARCHITECTURE.md"), "utf8")).toContain(op);
});

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as ops from "../../src/ops/index.js";
import { root } from "../examples/run-example.js";

test("docs/library.md lists every op, and nothing else as one", () => {
  const [, table = ""] = /^## Ops\n\n([^]*?)\n\n/m.exec(readFileSync(join(root, "docs/library.md"), "utf8")) ?? [];
  const listed = [...table.matchAll(/`(\w+)`/g)].map(([, name]) => name ?? "");
  expect(listed.toSorted()).toEqual(Object.keys(ops).toSorted());
});

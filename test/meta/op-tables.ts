import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { vi } from "vitest";
import type { AnyOp } from "../support/check-op.js";

/** What stands beside the tables. */
const withoutTable: readonly string[] = [
  "conv/tiled.test.ts",
  "conv/winograd-matrix.test.ts",
  "conv/winograd.test.ts",
  "exact-values.test.ts",
  "lib/reduce-rows.test.ts",
  "norm/power-iteration.test.ts",
  "elementwise/tanh-precision.test.ts",
];

/**
 * The tables of test/ops/, by the name of the op, without running their tests.
 *
 * Call it while tests are declared, not while they run.
 */
export async function loadOpTables(): Promise<ReadonlyMap<string, AnyOp>> {
  const tables = new Map<string, AnyOp>();
  vi.doMock("../support/op-runner.js", () => ({
    testOp: (_gpu: unknown, op: AnyOp) => void tables.set(op.name, op),
  }));
  vi.doMock("../support/device.js", async (original) => ({ ...(await original<object>()), useGpu: () => undefined }));
  const folder = fileURLToPath(new URL("../ops/", import.meta.url));
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".test.ts") && !withoutTable.includes(file));
  for (const file of files) await import(/* @vite-ignore */ folder + file);
  vi.doUnmock("../support/op-runner.js");
  vi.doUnmock("../support/device.js");
  return tables;
}

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { vi } from "vitest";
import type { AnyOp } from "../support/check-op.js";

/** Whether a test file has tables of ops. Throws if it has other tests too, which would run wherever its tables are loaded. */
function hasTable(file: string): boolean {
  const text = readFileSync(file, "utf8");
  if (!/^test(Op|Loss)\b/m.test(text)) return false;
  if (/^(it|test|describe)\b/m.test(text)) throw new Error(`${file}: expected nothing but tables of ops. Put its other tests into a file of their own.`);
  return true;
}

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
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".test.ts") && hasTable(folder + file));
  for (const file of files) await import(/* @vite-ignore */ folder + file);
  vi.doUnmock("../support/op-runner.js");
  vi.doUnmock("../support/device.js");
  return tables;
}

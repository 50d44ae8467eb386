import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readPth } from "../../src/io/pth.js";
import { storeFloat32, type StoredTensor } from "../../src/io/safetensors.js";
import { writePth } from "../../src/io/write-pth.js";
import { readTensors, under } from "../agreement/fixture.js";

const folder = mkdtempSync(join(tmpdir(), "cyclegan-pth-"));
afterAll(() => rmSync(folder, { recursive: true }));

const state = new Map<string, StoredTensor>([
  ...[...under("model.", readTensors("weights"))].map(([name, tensor]) => [`model.${name}`, tensor] as const),
  ["scalar", storeFloat32([], Float32Array.of(-0))],
  ["empty", storeFloat32([0, 3], new Float32Array())],
  ["Größe", { dtype: "I64", shape: [1], bytes: Uint8Array.of(7, 0, 0, 0, 0, 0, 0, 0) }],
]);

test("what is written is read back, names, types, shapes and bits", async () => {
  const { format, tensors } = await readPth(await writePth(state), "w");
  expect(format).toBe("PyTorch zip");
  expect([...tensors.keys()]).toEqual([...state.keys()]);
  for (const [name, { dtype, shape, bytes }] of state) {
    const read = tensors.get(name);
    expect([read?.dtype, read?.shape], name).toEqual([dtype, shape]);
    expect(Buffer.compare(read?.bytes ?? Buffer.of(1), bytes), name).toBe(0);
  }
});

test("the same tensors give the same bytes", async () => {
  expect(Buffer.compare(await writePth(state), await writePth(state))).toBe(0);
});

test("a type that PyTorch lacks is refused by name", async () => {
  const odd = new Map([["a", { dtype: "U64", shape: [1], bytes: new Uint8Array(8) }]]);
  await expect(writePth(odd)).rejects.toThrow("a: expected a type that PyTorch has, got U64.");
});

const script = `
import sys, torch
state = torch.load(sys.argv[1], weights_only=True)
for name, tensor in state.items():
    assert tensor.is_contiguous()
    print(name.encode().hex(), str(tensor.dtype), list(tensor.shape), tensor.numpy().tobytes().hex(), sep=";")
`;

function hasPyTorch(): boolean {
  try {
    execFileSync("/usr/bin/python3", ["-c", "import torch"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

test.skipIf(!hasPyTorch())("torch.load reads it with weights_only, bit for bit", { timeout: 60_000 }, async () => {
  const path = join(folder, "state.pth");
  writeFileSync(path, await writePth(state));
  const lines = execFileSync("/usr/bin/python3", ["-c", script, path], { encoding: "utf8", maxBuffer: 2 ** 26 }).trim().split("\n");
  const names = { F32: "torch.float32", I64: "torch.int64" } as const;
  expect(lines).toEqual([...state].map(([name, { dtype, shape, bytes }]) => {
    const type = dtype === "I64" ? names.I64 : names.F32;
    return [Buffer.from(name).toString("hex"), type, `[${shape.join(", ")}]`, Buffer.from(bytes).toString("hex")].join(";");
  }));
});

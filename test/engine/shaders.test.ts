import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { KernelError } from "../../src/errors.js";
import { shaders } from "../../src/generated/shaders.js";
import { specialise, type KernelName } from "../../src/gpu/kernel.js";
import { useGpu } from "../support/device.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const names = Object.keys(shaders) as KernelName[];
const sourceFiles = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" }).filter(
  (file) => file.endsWith(".ts") && !file.startsWith("generated"),
);

describe("every shader", () => {
  const gpu = useGpu();

  it.each(names)("%s compiles in both widths", async (name) => {
    for (const width of [4, 1] as const) {
      const code = specialise(name, shaders[name], width, {});
      const info = await gpu().device.createShaderModule({ label: name, code }).getCompilationInfo();
      expect(info.messages.filter(({ type }) => type === "error").map(({ message }) => message)).toEqual([]);
    }
  });

  it("is in the generated module as it is in its file", () => {
    const copy = mkdtempSync(join(tmpdir(), "cyclegan-shaders-"));
    try {
      for (const folder of ["scripts", "shaders"]) cpSync(join(root, folder), join(copy, folder), { recursive: true });
      writeFileSync(join(copy, "package.json"), '{ "type": "module" }');
      const tsx = fileURLToPath(import.meta.resolve("tsx/cli"));
      execFileSync(process.execPath, [tsx, join(copy, "scripts", "generate-shaders.ts")]);
      const made = (folder: string): string => readFileSync(join(folder, "src", "generated", "shaders.ts"), "utf8");
      expect(made(root) === made(copy), "src/generated/shaders.ts is stale: run npm run generate").toBe(true);
    } finally {
      rmSync(copy, { recursive: true });
    }
  });

  it("has a folder whose name some source file uses", () => {
    const sources = sourceFiles.map((file) => readFileSync(join(root, "src", file), "utf8")).join("\n");
    const folders = readdirSync(join(root, "shaders")).filter((folder) => folder !== "lib");
    expect(folders.filter((folder) => !new RegExp(`["\`]${folder}/`).test(sources))).toEqual([]);
  });
});

describe("specialise", () => {
  it("sets a tunable where it is declared and nowhere else", () => {
    const source = shaders["conv2d/forward"];
    const code = specialise("conv2d/forward", source, 4, { PIXELS: 3 });
    expect(code).toBe(source.code.replace("const PIXELS: u32 = 8u; // @tune", "const PIXELS: u32 = 3u; // @tune"));
    expect(code).not.toBe(source.code);
  });

  it("rejects a tunable that the shader lacks", () => {
    const call = (): string => specialise("conv2d/forward", shaders["conv2d/forward"], 4, { TILE: 3 });
    expect(call).toThrow(KernelError);
    expect(call).toThrow(/^conv2d\/forward: expected a tunable among WORKGROUP, PIXELS, OUTPUTS, got "TILE"/);
  });
});

it("every op has a test of its name", () => {
  const ops = sourceFiles.filter(
    (file) => file.startsWith("ops") && /= define(Op|Loss)\b/.test(readFileSync(join(root, "src", file), "utf8")),
  );
  // loss.ts makes the losses' ops; each loss has its own file and test.
  const tested = ops.map((file) => basename(file, ".ts")).filter((name) => name !== "loss");
  expect(tested.length).toBeGreaterThan(10);
  expect(tested.filter((name) => !existsSync(join(root, "test", "ops", `${name}.test.ts`)))).toEqual([]);
});

import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { KernelError } from "../../src/errors.js";
import { shaders } from "../../src/generated/shaders.js";
import { withHalves } from "../../src/gpu/half-storage.js";
import { specialise } from "../../src/gpu/kernel.js";
import type { KernelName } from "../../src/gpu/kernel-arguments.js";
import { unroll } from "../../src/gpu/unroll.js";
import { useGpu } from "../support/device.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const names = Object.keys(shaders) as KernelName[];
const sourceFiles = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" }).filter(
  (file) => file.endsWith(".ts") && !file.startsWith("generated"),
);

/** Shaders for features that are opted in to; test/ops/conv/winograd-matrix.test.ts compiles them where a device has those. */
const behindFeatures: ReadonlyMap<KernelName, string> = new Map([
  ["winograd/multiply-matrix-f16", "needs a device opened with subgroup matrices of f16"],
  ["winograd/multiply-matrix-f32", "needs a device opened with subgroup matrices of f32"],
]);

describe("every shader", () => {
  const gpu = useGpu();

  it.for(names)("%s compiles in both widths", async (name, { skip }) => {
    const missing = behindFeatures.get(name);
    skip(missing !== undefined, missing);
    for (const width of [4, 1] as const) {
      const code = specialise(name, shaders[name], width, {});
      const info = await gpu().device.createShaderModule({ label: name, code }).getCompilationInfo();
      expect(info.messages.filter(({ type }) => type === "error").map(({ message }) => message)).toEqual([]);
    }
  });

  it.for(names)("%s compiles with float16 in each of its buffers of floats, and in all", async (name, { skip }) => {
    const missing = behindFeatures.get(name) ?? (gpu().hasHalf ? undefined : "needs shader-f16");
    skip(missing !== undefined, missing);
    const floats = shaders[name].bindings.map((binding) => binding.name).filter((binding) => {
      return new RegExp(`> ${binding}: array<(Vec|vec4f|f32)>;`).test(shaders[name].code);
    });
    for (const width of [4, 1] as const) {
      for (const halves of [...floats.map((binding) => [binding]), floats]) {
        const code = withHalves(name, specialise(name, shaders[name], width, {}), halves);
        const info = await gpu().device.createShaderModule({ label: name, code }).getCompilationInfo();
        expect(info.messages.filter(({ type }) => type === "error").map(({ message }) => message), halves.join()).toEqual([]);
      }
    }
  });

  it("is in the generated module as it is in its file", () => {
    const copy = mkdtempSync(join(tmpdir(), "cyclegan-shaders-"));
    try {
      for (const folder of ["scripts", "shaders", "src/gpu/parse-shader.ts", "src/errors.ts"]) cpSync(join(root, folder), join(copy, folder), { recursive: true });
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
    const source = shaders["elementwise/mul"];
    const code = specialise("elementwise/mul", source, 4, { WORKGROUP: 3 });
    expect(code).toBe(source.code.replace("const WORKGROUP: u32 = 64u; // @tune", "const WORKGROUP: u32 = 3u; // @tune"));
    expect(code).not.toBe(source.code);
  });

  it("rejects a tunable that the shader lacks", () => {
    const call = (): string => specialise("conv2d/forward", shaders["conv2d/forward"], 4, { TILE: 3 });
    expect(call).toThrow(KernelError);
    expect(call).toThrow(/^conv2d\/forward: expected a tunable among WORKGROUP, PIXELS, OUTPUTS, got "TILE"/);
  });
});

describe("unroll", () => {
  const loop = (bound: string): string => {
    const lines = ["const TILE: u32 = 4u; // @tune", "const HALF: u32 = TILE / 2u;"];
    return [...lines, `for (var i = 0u; i < ${bound}; i++) { // @unroll`, "  sum[i] += 1u;", "}", "done();"].join("\n");
  };

  it("writes a loop out, its bound computed from constants", () => {
    const written = (count: number): string[] => {
      return Array.from({ length: count }, (_, i) => `{\n  sum[${i}u] += 1u;\n}`);
    };
    const body = (code: string): string => code.split("\n").slice(2).join("\n");
    expect(body(unroll("x", loop("HALF")))).toBe([...written(2), "done();"].join("\n"));
    expect(body(unroll("x", loop("3u * HALF")))).toBe([...written(6), "done();"].join("\n"));
  });

  it("writes loops in loops out, and leaves those without the mark", () => {
    const code = ["for (var a = 0u; a < 2u; a++) { // @unroll", "  for (var b = 0u; b < 2u; b++) { // @unroll", "    f(a, b);", "  }", "}"];
    const flat = unroll("x", code.join("\n")).replaceAll(/[\s{}]/g, "");
    expect(flat).toBe("f(0u,0u);f(0u,1u);f(1u,0u);f(1u,1u);");
    const plain = "for (var a = 0u; a < 2u; a++) {\n}";
    expect(unroll("x", plain)).toBe(plain);
  });

  it("writes a loop out as often as a named constant says, and leaves it where that is 0", () => {
    const code = (times: number): string =>
      [`const TIMES: u32 = ${times}u; // @tune`, "for (var i = 0u; i < params.size; i++) { // @unroll TIMES", "  f(i);", "}"].join("\n");
    const body = (text: string): string => text.split("\n").slice(1).join("").replaceAll(/[\s{}]/g, "");
    expect(body(unroll("x", code(3)))).toBe("f(0u);f(1u);f(2u);");
    expect(unroll("x", code(0))).toBe(code(0));
  });

  it("asks for subgroups of a size where a kernel is given one", () => {
    const name = "winograd/multiply-tiled";
    expect(specialise(name, shaders[name], 4, {})).not.toContain("@subgroup_size");
    const code = specialise(name, shaders[name], 4, { SUBGROUP: 8 });
    expect(code.startsWith("enable subgroups;\nenable subgroup_size_control;\n")).toBe(true);
    expect(code).toContain("@compute @workgroup_size(WORKGROUP) @subgroup_size(8)");
  });

  it("rejects a bound that is not constant", () => {
    expect(() => unroll("x", loop("params.size"))).toThrow(KernelError);
    expect(() => unroll("x", loop("params.size"))).toThrow(/^x: expected the bound of an unrolled loop to be constant, got "params.size"/);
  });
});

it("every op has a test of its name", () => {
  // ops/lib/ holds helpers that make ops; each op that they make has a file and a test of its own.
  const ops = sourceFiles.filter(
    (file) =>
      /^ops\b(?!.lib\b)/.test(file) && /\bdefine(Op|Loss|Activation)\b/.test(readFileSync(join(root, "src", file), "utf8")),
  );
  const tested = ops.map((file) => file.replace(/\.ts$/, ""));
  expect(tested.length).toBeGreaterThan(20);
  expect(tested.filter((file) => !existsSync(join(root, "test", `${file}.test.ts`)))).toEqual([]);
});

import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join, posix } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { BenchReport } from "../../src/bench/report.js";
import { installPackage, root, run, type Packed } from "./installed.js";

const program = `
import { add, backward, generatorFromWeights, openGpu, sum, Tensor, type CycleGANOptions, type Generator } from "cyclegan-webgpu";

export const recognised: (...args: Parameters<typeof generatorFromWeights>) => Generator = generatorFromWeights;
const width: CycleGANOptions["ngf"] = 2;
using gpu = await openGpu();
const x = Tensor.from(gpu, [width], [1, 2]).withGrad();
const y = add(x, x);
const values: Float32Array = await y.data();
backward(sum(y));
// @ts-expect-error: a tensor's shape is not a string
const wrong: string = x.shape;
export const printed: string = [...values, ...((await x.grad?.data()) ?? [])].join();
`;

let packed: Packed;
let app: string;
let base: string;
beforeAll(async () => {
  ({ packed, base, app } = await installPackage(program));
}, 180_000);
afterAll(() => rmSync(base, { recursive: true }));

type Compiler = "typescript" | "typescript-5.9";

const node = ["--module", "NodeNext"];
const browser = ["--module", "ESNext", "--moduleResolution", "bundler", "--customConditions", "browser"];

/** Type-checks the user's program, and the declarations it imports, for an ES2022 target. */
function compile(compiler: Compiler, ...options: readonly string[]): Promise<string> {
  const strict = ["--strict", "--exactOptionalPropertyTypes", "--noUncheckedIndexedAccess", "--skipLibCheck", "false"];
  const common = [...(compiler === "typescript" ? ["--ignoreConfig"] : []), "--target", "ES2022", ...strict];
  return run(app, process.execPath, join(root, "node_modules", compiler, "bin/tsc"), ...common, ...options, "program.ts");
}

/** Whether a file, or any in a folder of that name, is in the package. */
function isPacked(path: string, paths: ReadonlySet<string>): boolean {
  return paths.has(path) || [...paths].some((one) => one.startsWith(`${path}/`));
}

/** Every file of the package below its root is one of these. */
const wantedFiles = [
  /^bin\/cyclegan\.js$/,
  /^dist\/.+\.(js|d\.ts)$/,
  /^dist\/studio\/[\w-]+\.(js|html|css|json|svg)$/,
  /^dist\/studio\/docs\/([\w-]+\.(html|json)|source\/.+\.html)$/,
  /^shaders\/.+\.wgsl$/,
  /^docs\/.+\.(md|png|webp|txt)$/,
  /^examples\/[\w-]+\.(ts|html|sh|yaml)$/,
  /^examples\/vite\/((package|tsconfig)\.json|index\.html|vite\.config\.ts|src\/[\w-]+\.ts)$/,
  /^generators\/\w+\/(README\.md|\w+\.json|checkpoints\/latest_net_\w+\.safetensors)$/,
  /^bench\/results\/.+\.(txt|png)$/,
];

describe("the packed package", { timeout: 60_000 }, () => {
  test("holds the build, the shaders, documents and examples, and nothing else", () => {
    const paths = packed.files.map(({ path }) => path);
    expect(paths.filter((path) => !path.includes("/")).toSorted()).toEqual([
      "ARCHITECTURE.md",
      "CHANGELOG.md",
      "LICENSE",
      "README.md",
      "package.json",
    ]);
    const folders = paths.filter((path) => path.includes("/"));
    expect(folders.filter((path) => !wantedFiles.some((wanted) => wanted.test(path)))).toEqual([]);
    const shaders = readdirSync(join(root, "shaders"), { recursive: true, encoding: "utf8" });
    const sources = shaders.filter((path) => path.endsWith(".wgsl"));
    const wanted = sources.map((path) => `shaders/${path.replaceAll("\\", "/")}`);
    expect(folders.filter((path) => path.startsWith("shaders/")).toSorted()).toEqual(wanted.toSorted());
  });

  test("holds every file that its documents link to", () => {
    const paths = new Set(packed.files.map(({ path }) => path));
    const documents = [...paths].filter((path) => path.endsWith(".md"));
    const broken = documents.flatMap((path) => {
      const links = [...readFileSync(join(root, path), "utf8").matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, link = ""]) => link);
      return links.filter((link) => !isPacked(posix.join(posix.dirname(path), link), paths)).map((link) => `${path}: ${link}`);
    });
    expect(documents.length).toBeGreaterThan(10);
    expect(broken).toEqual([]);
  });

  test("holds no file of a source that is gone", () => {
    const sourceOf = (path: string): string => path.replace(/^dist/, "src").replace(/(\.d)?\.[jt]s$/, ".ts");
    const built = packed.files.map(({ path }) => path).filter((path) => path.startsWith("dist/") && !path.startsWith("dist/studio/"));
    expect(built.filter((path) => !existsSync(join(root, sourceOf(path)))), "delete dist/ and build again").toEqual([]);
  });

  test("leaves the API reference to the site", () => {
    expect(packed.files.filter(({ path }) => path.startsWith("dist/studio/docs/api"))).toEqual([]);
  });

  test("is small", () => {
    // 7.3 MB: 5.1 are the shipped generators, 0.5 the pictures of the documents, 0.4 the studio, which has the kernels, the engine
    // and the training once more for browsers, and 0.2 the documents as pages of the studio, with what they link to and their
    // search. Room for a sixth model.
    expect(packed.size).toBeLessThan(7_500_000);
  });

  test("type-checks and runs under Node", async () => {
    await compile("typescript", ...node);
    const printed = await run(app, process.execPath, "--input-type=module", "--eval", runner);
    expect(printed.trim()).toBe("2,4,2,2");
  });

  test("type-checks for a bundler that takes the browser entry", async () => {
    const traced = await compile("typescript", ...browser, "--noEmit", "--listFiles");
    expect(traced).toContain("cyclegan-webgpu/dist/browser.d.ts");
    expect(traced).not.toContain("cyclegan-webgpu/dist/node.d.ts");
  });

  // Types of the DOM, of WebGPU and of Node may all be missing.
  test.for([
    ["typescript", "ES2022"],
    ["typescript-5.9", "ES2022"],
    ["typescript-5.9", "ES2022,DOM"],
    ["typescript-5.9", "ES2022,DOM", "--types", "@webgpu/types"],
  ] as const)("type-checks under %s with the library %s", async ([compiler, libraries, ...types]) => {
    for (const entry of [node, browser]) await compile(compiler, ...entry, "--noEmit", "--lib", libraries, ...types);
  });

  test("installs the command", async () => {
    const version = await run(app, "npx", "--no", "--", "cyclegan", "--version");
    expect(version).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(packed.filename).toBe(`cyclegan-webgpu-${version.trim()}.tgz`);
  });

  test("measures the device without the repository", async () => {
    const printed = await run(app, "npx", "--no", "--", "cyclegan", "bench", "--quick", "--filter", "training step", "--json", "b.json");
    const report = JSON.parse(readFileSync(join(app, "b.json"), "utf8")) as BenchReport;
    expect([report.kernels, report.leftOut, report.version]).toEqual([[], [], packed.filename.slice(16, -4)]);
    expect(report.steps).toEqual([expect.objectContaining({ name: expect.stringMatching(/^training step, /) })]);
    for (const { milliseconds, dispatches, peakBytes } of report.steps) {
      for (const figure of [milliseconds, dispatches, peakBytes]) expect(figure).toBeGreaterThan(0);
    }
    expect(printed).toContain(report.steps[0]?.name);
  });
});

const runner = `import { printed } from "./program.js"; console.log(printed);`;

/** How much of the library a program gets that a bundler makes. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { expect, test } from "vitest";
import { root } from "./installed.js";

/** Bundles a program of one import for browsers, and returns its bytes, compressed, and the modules in it. */
async function bundle(names: string): Promise<{ readonly bytes: number; readonly modules: readonly string[] }> {
  const contents = `import ${names} from "./dist/browser.js"; console.log(${names.replace("* as ", "")});`;
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: root },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    write: false,
    metafile: true,
    // What it loads later is not in the first load.
    external: ["@zip.js/*", "pbf"],
    logLevel: "error",
  });
  // Of a module that only a namespace names, esbuild leaves an empty shell of 89 bytes.
  const modules = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.entries(inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 100));
  return { bytes: gzipSync(outputFiles[0]!.contents).length, modules: modules.map(([path]) => path) };
}

const tensors = "{ add, backward, openGpu, sum, Tensor }";

test("a program of tensors gets the engine and its kernels, and no network, model or reader of weights", async () => {
  const { bytes, modules } = await bundle(tensors);
  // 67 kB, of which the kernels are 54.
  expect(bytes).toBeLessThan(80_000);
  expect(modules).toContain("dist/gpu/queue.js");
  expect(modules.filter((path) => /^dist\/(models|nn|optim|io|data|metrics)\//.test(path))).toEqual([]);
});

test("the whole library is small", async () => {
  // 165 kB.
  expect((await bundle("* as all")).bytes).toBeLessThan(200_000);
});

test("docs/library.md states the sizes, rounded to 10 kB", async () => {
  const text = readFileSync(join(root, "docs/library.md"), "utf8");
  const stated = /take (\d+) kB compressed[^]* takes (\d+) kB\./.exec(text)?.slice(1).map(Number);
  const measured = await Promise.all([bundle(tensors), bundle("* as all")]);
  expect(stated).toEqual(measured.map(({ bytes }) => Math.round(bytes / 10_000) * 10));
});

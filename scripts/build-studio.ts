/** Builds the studio into dist/studio: pages, documents, scripts, styles, the package's generators, the results of devices. */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { baseStyle } from "../src/report/base-style.js";
import { lookStyle } from "../src/report/look-style.js";
import { plotStyle } from "../src/generated/page-client.js";
import { runStyle } from "../src/report/style.js";
import { wipeStyle } from "../src/report/wipe.js";
import { readRunConfig } from "../src/run/folder.js";
import { translatorOf } from "../src/run/options.js";
import { generatorsFolder, readAbout, shippedNames } from "../src/run/shipped.js";
import type { ShippedGenerator } from "../src/studio/files/shipped-generators.js";
import { pageHtml, pages } from "../src/studio/pages.js";
import { listDocuments } from "./documents/document.js";
import { writeDocuments } from "./documents/write.js";
import { committedBenchmarks } from "./committed-benchmarks.js";
import { studioBundle } from "./studio-bundle.js";
import { withoutNode } from "./studio-platform.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const source = join(root, "src/studio");
const target = join(root, "dist/studio");
const directions = ["AtoB", "BtoA"] as const;
const workers = ["translator", "trainer", "looker", "bencher"];

/** The generators of the package, with the paths that the site and the server have for them. */
function shippedGenerators(): ShippedGenerator[] {
  return shippedNames().map((name) => {
    const folder = join(generatorsFolder, name);
    const config = readRunConfig(folder);
    const { A, B } = readAbout(folder).domains;
    const files = directions.flatMap((direction) => {
      const network = translatorOf(config, direction);
      const title = direction === "AtoB" ? `${A} to ${B}` : `${B} to ${A}`;
      return network === undefined ? [] : [{ direction, title, path: `generators/${name}/checkpoints/latest_net_${network}.safetensors` }];
    });
    return { name, size: config.loadSize, files };
  });
}

mkdirSync(target, { recursive: true });
await build({
  ...studioBundle,
  // For the worker that trains. What the others use is the same with and without it.
  ...withoutNode,
  entryPoints: [
    ...pages.map(({ script }) => ({ in: join(source, `${script}.tsx`), out: script })),
    { in: join(source, "documents.tsx"), out: "documents" },
    ...workers.map((name) => ({ in: join(source, `worker/${name}.ts`), out: name })),
  ],
  outdir: target,
});
for (const page of pages) writeFileSync(join(target, page.file), pageHtml(page));
writeFileSync(join(target, "studio.css"), `${plotStyle}${baseStyle}${runStyle}${wipeStyle}${lookStyle}${readFileSync(join(source, "studio.css"), "utf8")}`);
writeFileSync(join(target, "generators.json"), `${JSON.stringify(shippedGenerators())}\n`);
writeFileSync(join(target, "benchmarks.json"), `${JSON.stringify(committedBenchmarks(join(root, "bench/results")))}\n`);
copyFileSync(join(source, "icon.svg"), join(target, "icon.svg"));
copyFileSync(join(source, "documents.css"), join(target, "documents.css"));
// The server adds the pictures, which the package has beside its documents.
writeDocuments(target, listDocuments());

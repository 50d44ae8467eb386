/** Bundles src/report/client, with uPlot, into src/generated/page-client.ts: scripts and style of the pages with curves as texts. */
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const { outputFiles } = await build({
  entryPoints: [join(root, "src/report/client/main.ts"), join(root, "src/report/client/comparison.ts")],
  outdir: "unused",
  bundle: true,
  write: false,
  minify: true,
  format: "iife",
  platform: "browser",
  target: "es2022",
  banner: { js: "/*! With uPlot, copyright (c) Leon Sorokin, MIT licence */" },
});
const style = readFileSync(createRequire(import.meta.url).resolve("uplot/dist/uPlot.min.css"), "utf8");
const [script = "", comparison = ""] = outputFiles.map(({ text }) => text);
if (/<\/script|\r/i.test(script + comparison)) throw new Error("page client: expected scripts that can stand in HTML as they are");
const text = [
  "// Made by scripts/generate-page.ts. Do not edit.",
  `export const clientScript: string = ${JSON.stringify(script)};`,
  `export const comparisonScript: string = ${JSON.stringify(comparison)};`,
  `export const plotStyle: string = ${JSON.stringify(style)};`,
  "",
].join("\n");
writeFileSync(join(root, "src/generated/page-client.ts"), text);

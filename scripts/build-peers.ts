/** Adds the engines of bench:peers to a site of the studio, for its page Bench. The package leaves them out. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Benchmarks } from "../src/studio/bench/benchmarks.js";
import { studioBundle } from "./studio-bundle.js";

const folder = fileURLToPath(new URL("../bench/peers", import.meta.url));

/** The packages of the engines, by the names that the page shows. */
const packages = { "TensorFlow.js": "@tensorflow/tfjs-core", "jax-js": "@jax-js/jax" } as const;

/** Whether the engines are installed, as `npm --prefix bench/peers ci` does it. */
export const hasPeers = Object.values(packages).every((name) => existsSync(join(folder, "node_modules", name)));

function versionOf(name: string): string {
  const { version }: { readonly version: string } = JSON.parse(readFileSync(join(folder, "node_modules", name, "package.json"), "utf8"));
  return version;
}

/** Bundles the engines and their comparison into a site, and tells its page Bench. Returns the engines' names and versions. */
export async function buildPeers(site: string): Promise<readonly string[]> {
  await build({
    ...studioBundle,
    entryPoints: [
      { in: join(folder, "browser/peers.ts"), out: "peers" },
      { in: join(folder, "browser/ours.ts"), out: "peer-ours" },
      { in: join(folder, "tfjs/browser.ts"), out: "peer-tfjs" },
      { in: join(folder, "jax-js/browser.ts"), out: "peer-jax-js" },
    ],
    chunkNames: "peers-[hash]",
    outdir: site,
  });
  const peers = Object.entries(packages).map(([title, name]) => `${title} ${versionOf(name)}`);
  const path = join(site, "benchmarks.json");
  const benchmarks: Benchmarks = JSON.parse(readFileSync(path, "utf8"));
  writeFileSync(path, `${JSON.stringify({ ...benchmarks, peers })}\n`);
  return peers;
}

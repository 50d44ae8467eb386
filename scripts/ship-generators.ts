/**
 * Makes the package's generator of a name from a run: `npx tsx scripts/ship-generators.ts runs/demo-emoji emoji "Noto Emoji" Twemoji`.
 * The last two are the names of the domains. The weights are rounded to 16 bits.
 */
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readRunConfig, runFolder } from "../src/run/folder.js";
import { translatorOf } from "../src/run/options.js";
import { generatorsFolder } from "../src/run/shipped.js";
import { convertWeights } from "../src/weights/convert.js";

const [run = "", name = "", A = "", B = ""] = process.argv.slice(2);
const config = readRunConfig(run);
const target = runFolder(join(generatorsFolder, name));
rmSync(target.path, { recursive: true, force: true });
mkdirSync(target.checkpoints, { recursive: true });
copyFileSync(runFolder(run).config, target.config);
writeFileSync(join(target.path, "about.json"), `${JSON.stringify({ domains: { A, B } })}\n`);
for (const direction of ["AtoB", "BtoA"] as const) {
  const network = translatorOf(config, direction);
  if (network === undefined) continue;
  await convertWeights({ from: run, network, to: join(target.checkpoints, `latest_net_${network}.safetensors`), half: true });
}
console.log(target.path);

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isJsonObject } from "../../src/io/parse-json.js";
import { lossNames } from "../../src/models/cyclegan/options.js";
import { makeImages } from "../cli/make-images.js";
import { cyclegan } from "../cli/run-command.js";

const folder = mkdtempSync(join(tmpdir(), "cyclegan-determinism-"));
const tiny = "--load-size 36 --crop-size 32 --ngf 4 --ndf 4 --n-blocks 1 --pool-size 2 --max-steps 6 --print-freq 1";

/** What a training leaves: the losses as they stand in the log, and the weights' bytes by file. */
interface Traces {
  readonly losses: readonly string[];
  readonly weights: Readonly<Record<string, Buffer>>;
}

/** Trains in a process of its own. */
async function train(name: string, seed: number, threads: number): Promise<Traces> {
  const own = ["--name", name, "--seed", String(seed), "--num-threads", String(threads)];
  const { code, stderr } = await cyclegan(folder, "train", "--dataroot", "data", ...tiny.split(" "), ...own);
  expect(code, stderr).toBe(0);
  const run = join(folder, "runs", name);
  const lines = readFileSync(join(run, "log.jsonl"), "utf8").trimEnd().split("\n");
  const log = lines.map((line): unknown => JSON.parse(line)).filter(isJsonObject);
  const losses = log.map((entry) => JSON.stringify([entry["step"], ...lossNames.map((loss) => entry[loss])]));
  const checkpoints = join(run, "checkpoints");
  const files = readdirSync(checkpoints).filter((file) => file.endsWith(".safetensors")).sort();
  return { losses, weights: Object.fromEntries(files.map((file) => [file, readFileSync(join(checkpoints, file))])) };
}

/** The names of the files whose bytes differ. */
function differing(a: Traces, b: Traces): string[] {
  return Object.keys(a.weights).filter((file) => !a.weights[file]?.equals(b.weights[file] ?? Buffer.alloc(0)));
}

describe("two processes", { timeout: 120_000 }, () => {
  beforeAll(() => {
    makeImages(join(folder, "data", "trainA"), 5, 48, 40);
    makeImages(join(folder, "data", "trainB"), 4, 40, 44);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it("train to the same bits from the same seed, whatever threads decode, and to others from another", async () => {
    const first = await train("first", 7, 0);
    expect(first.losses).toHaveLength(6);
    expect(new Set(first.losses).size).toBe(6);
    const networks = ["D_A", "D_B", "G_A", "G_B"];
    for (const network of networks) expect(Object.keys(first.weights)).toContain(`latest_net_${network}.safetensors`);

    const threaded = await train("threaded", 7, 2);
    expect(threaded.losses).toEqual(first.losses);
    expect(Object.keys(threaded.weights)).toEqual(Object.keys(first.weights));
    expect(differing(first, threaded)).toEqual([]);

    const other = await train("other", 8, 2);
    expect(other.losses[0]).not.toBe(first.losses[0]);
    expect(differing(first, other)).toEqual(Object.keys(first.weights));
  });
});

/** The scripts of examples/ as jobs of a real Slurm. Only the adapter and the sizes differ from what a user submits. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeImages } from "../cli/make-images.js";
import { cyclegan } from "../cli/run-command.js";
import { root } from "../examples/run-example.js";
import { SlurmCluster, whyNoCluster } from "./slurm-cluster.js";

const reason = whyNoCluster();
const sizes = ["--load-size", "16", "--crop-size", "16", "--ngf", "2", "--ndf", "2", "--n-blocks", "1", "--net-d", "n_layers", "--n-layers-d", "1"];
const training = [...sizes, "--max-steps", "40", "--print-freq", "1", "--adapter", "software"];

/** The folder of a project that has installed the package, with a data set, photos and a finished run. */
const project = mkdtempSync(join(tmpdir(), "cyclegan-slurm-project-"));
const clusterFolder = mkdtempSync(join(tmpdir(), "cyclegan-slurm-"));
let cluster: SlurmCluster;

/** The hashes of the weights that a run ends with. */
function networks(run: string): readonly string[] {
  const files = ["G_A", "G_B", "D_A", "D_B"].map((name) => join(project, `runs/${run}/checkpoints/latest_net_${name}.safetensors`));
  return files.map((file) => createHash("sha256").update(readFileSync(file)).digest("hex"));
}

const example = (name: string): string => join(root, "examples", name);

describe.skipIf(reason)(`in Slurm${reason ? ` (skipped: ${reason})` : ""}`, { timeout: 120_000 }, () => {
  beforeAll(async () => {
    for (const domain of ["trainA", "trainB"]) makeImages(join(project, "data", domain), 3, 16, 16);
    makeImages(join(project, "photos"), 9, 16, 16);
    mkdirSync(join(project, "node_modules/.bin"), { recursive: true });
    symlinkSync(join(root, "bin/cyclegan.js"), join(project, "node_modules/.bin/cyclegan"));
    const [whole] = await Promise.all([
      cyclegan(project, "train", "--dataroot", "data", "--name", "whole", ...training),
      SlurmCluster.start(clusterFolder).then((started) => (cluster = started)),
    ]);
    expect(whole.code, whole.stderr).toBe(0);
  });
  afterAll(async () => {
    await cluster?.stop();
    for (const folder of [project, clusterFolder]) rmSync(folder, { recursive: true });
  });

  test("a training that is signalled, then queued again, ends with the bits of one that was not", async () => {
    const output = (task: number): string => readFileSync(join(project, `train-${task}.txt`), "utf8");
    const job = await cluster.submit(project, "--array=0-1%1", "--output=train-%a.txt", example("train-slurm.sh"), "data", "parts", ...training);
    await cluster.until("the first task trains", () => / step 1\/40 /.test(output(0)));
    // What --signal=B:TERM@120 does two minutes before the time limit.
    await cluster.run(project, "scancel", "--batch", "--signal=TERM", `${job}_0`);
    await cluster.until("the second task trains", () => /Resumed after step [^]* step \d/.test(output(1)));
    await cluster.run(project, "scontrol", "requeue", `${job}_1`);
    expect(await cluster.ended(job)).toEqual([
      { state: "FAILED", exitCode: "143:0", restarts: 0 },
      { state: "COMPLETED", exitCode: "0:0", restarts: 1 },
    ]);
    expect(output(1).match(/Resumed after step (?!0)/g)).toHaveLength(2);
    expect(networks("parts")).toEqual(networks("whole"));
  });

  test("ranks that srun starts save when they are signalled, continue, and end with the bits of one process", async () => {
    const batch = [...sizes, "--max-steps", "16", "--print-freq", "2", "--adapter", "software"];
    const alone = await cyclegan(project, "train", "--dataroot", "data", "--name", "alone", "--batch-size", "2", "--micro-batches", "2", ...batch);
    expect(alone.code, alone.stderr).toBe(0);
    const output = (task: number): string => readFileSync(join(project, `ranks-${task}.txt`), "utf8");
    const node = ["--array=0-1%1", "--nodes=1", "--ntasks-per-node=2", "--gpus-per-node=2", "--output=ranks-%a.txt"];
    const job = await cluster.submit(project, ...node, example("train-slurm-ranks.sh"), "data", "ranks", ...batch);
    await cluster.until("the ranks train", () => / step 1\/16 /.test(output(0)));
    // What --signal=TERM@120 does: the ranks get it, the script does not.
    await cluster.run(project, "scancel", "--signal=TERM", `${job}_0`);
    expect(await cluster.ended(job)).toEqual([
      { state: "FAILED", exitCode: "143:0", restarts: 0 },
      { state: "COMPLETED", exitCode: "0:0", restarts: 0 },
    ]);
    expect(output(1)).toMatch(/Resumed after step [1-9]/);
    expect(networks("ranks")).toEqual(networks("alone"));
  });

  test("an array of shards translates every image, to the bytes of a single process", async () => {
    const single = await cyclegan(project, "translate", "--model", "runs/whole", "--adapter", "software", "--input", "photos", "--output", "single");
    expect(single.code, single.stderr).toBe(0);
    const job = await cluster.submit(project, example("translate-slurm.sh"), "runs/whole", "photos", "shards", "--adapter", "software");
    expect(await cluster.ended(job)).toEqual(Array.from({ length: 8 }, () => ({ state: "COMPLETED", exitCode: "0:0", restarts: 0 })));
    const images = readdirSync(join(project, "single")).filter((name) => name.endsWith(".png"));
    expect(images).toHaveLength(9);
    for (const name of images) {
      expect(readFileSync(join(project, "shards", name)).equals(readFileSync(join(project, "single", name))), name).toBe(true);
    }
  });

  test("an array trains every run of a sweep", async () => {
    const settings = { dataroot: "data", name: "tiny", seed: [1, 2], loadSize: 16, cropSize: 16, ngf: 2, ndf: 2, nBlocks: 1, netD: "n_layers", nLayersD: 1, maxSteps: 1 };
    writeFileSync(join(project, "settings.json"), JSON.stringify(settings));
    expect((await cyclegan(project, "sweep", "settings.json")).code).toBe(0);
    const job = await cluster.submit(project, "--array=1-2", example("sweep-slurm.sh"), "sweep", "--adapter", "software");
    expect(await cluster.ended(job)).toEqual(Array.from({ length: 2 }, () => ({ state: "COMPLETED", exitCode: "0:0", restarts: 0 })));
    for (const seed of [1, 2]) expect(existsSync(join(project, `runs/tiny-seed-${seed}/checkpoints/latest_net_G_A.safetensors`))).toBe(true);
  });
});

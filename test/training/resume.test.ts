import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, truncateSync, watch, writeFileSync } from "node:fs";
import type { ChildProcess } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isJsonObject } from "../../src/io/parse-json.js";
import { lossNames } from "../../src/models/cyclegan/options.js";
import { Random } from "../../src/random.js";
import { openResumePoint, resumedConfig } from "../../src/run/resume.js";
import { makeImages } from "../cli/make-images.js";
import { cyclegan, start } from "../cli/run-command.js";

const folder = mkdtempSync(join(tmpdir(), "cyclegan-resume-"));
const tiny = "--load-size 36 --crop-size 32 --ngf 4 --ndf 4 --n-blocks 1 --pool-size 3 --print-freq 2 --display-freq 5 --eval-freq 3";
/** Files made or renamed among the checkpoints when the process is killed first: in the third save or so. */
const FIRST_KILL = 24;
/** How often the process is killed: RESUME_KILLS for more. */
const kills = Number(process.env["RESUME_KILLS"] ?? 3);
/** Epochs of 4 steps, so many that they outlast the kills. */
const epochs = Math.max(3, kills);
/** Each step is saved, so that many kills fall into a save. */
const length = `--n-epochs ${epochs - 1} --n-epochs-decay 1 --save-epoch-freq 2 --save-latest-freq 1`;

beforeAll(() => {
  makeImages(join(folder, "data", "trainA"), 3, 40, 36);
  makeImages(join(folder, "data", "trainB"), 4, 36, 40);
  for (const domain of ["testA", "testB"]) makeImages(join(folder, "data", domain), 1, 36, 36);
});
afterAll(() => rmSync(folder, { recursive: true }));

function command(name: string, ...more: readonly string[]): string[] {
  return ["train", "--dataroot", "data", "--name", name, ...tiny.split(" "), ...length.split(" "), ...more];
}

/** All that a run leaves but timings and the run's own name: log, metrics, weights, samples, tensors of the checkpoints. */
function traces(name: string): Readonly<Record<string, string>> {
  const run = join(folder, "runs", name);
  const lines = readFileSync(join(run, "log.jsonl"), "utf8").trimEnd().split("\n");
  const log = lines.map((line): unknown => JSON.parse(line)).filter(isJsonObject);
  const losses = log.map((row) => JSON.stringify(["step", "epoch", "lr", ...lossNames].map((key) => row[key])));
  const files = ["samples", "checkpoints"].flatMap((part) =>
    readdirSync(join(run, part), { recursive: true, encoding: "utf8" }).map((file) => join(part, file)),
  );
  const binary = files.filter((file) => /\.(png|safetensors)$/.test(file)).sort();
  const contents = binary.map((file) => [file, readFileSync(join(run, file)).toString("base64")]);
  const texts = ["metrics.jsonl", join("checkpoints", "best.json")].map((file) => [file, readFileSync(join(run, file), "utf8")]);
  return { log: losses.join("\n"), ...Object.fromEntries([...texts, ...contents]) };
}

/** Kills the process when `count` files or folders have been made or renamed among a run's checkpoints. */
function killInSave(child: ChildProcess, run: string, count: number): void {
  const poll = setInterval(() => {
    const checkpoints = join(run, "checkpoints");
    if (!existsSync(checkpoints)) return;
    clearInterval(poll);
    let events = 0;
    const watcher = watch(checkpoints, { recursive: false }, () => {
      if (++events >= count) child.kill("SIGKILL");
    });
    child.on("exit", () => watcher.close());
  }, 1);
  child.on("exit", () => clearInterval(poll));
}

function resumable(run: string): boolean {
  const checkpoints = join(run, "checkpoints");
  return existsSync(checkpoints) && readdirSync(checkpoints).some((name) => name.startsWith("step-"));
}

/** The command that makes a run, or goes on with it. */
function goOn(name: string): string[] {
  return command(name, "--continue-train");
}

/** Trains in processes that are killed at random instants; returns how many were, and how many had something to resume. */
async function trainKilled(name: string, seconds: number): Promise<{ killed: number; resumed: number }> {
  const random = new Random(11);
  const run = join(folder, "runs", name);
  const outcome = { killed: 0, resumed: 0 };
  for (let kill = 0; kill < kills; kill++) {
    if (resumable(run)) outcome.resumed++;
    const { child, outcome: end } = start(folder, ...goOn(name));
    // The first falls into a save whatever the machine's speed, so that there is something to resume.
    const inSave = kill === 0 || random.uniform() < 0.5;
    if (inSave) killInSave(child, run, kill === 0 ? FIRST_KILL : 1 + random.integer(24));
    const delay = setTimeout(() => child.kill("SIGKILL"), inSave ? 20_000 : seconds * 1000 * random.uniform());
    const { code, stderr } = await end;
    clearTimeout(delay);
    // Killed by a signal, or done before it came.
    expect([-1, 0], stderr).toContain(code);
    if (code === 0) break;
    outcome.killed++;
  }
  const resume = await cyclegan(folder, ...goOn(name));
  expect(resume.code, resume.stderr).toBe(0);
  return outcome;
}

describe("a run that was interrupted", { timeout: 60_000 + kills * 20_000 }, () => {
  test("ends as if it had not been, byte for byte, wherever it was killed", async () => {
    const startedAt = performance.now();
    const { code, stderr } = await cyclegan(folder, ...command("whole"));
    expect(code, stderr).toBe(0);
    // The start of a process, and about three epochs.
    const seconds = 1 + ((performance.now() - startedAt) / 1000) * (3 / epochs);
    const { killed, resumed } = await trainKilled("killed", seconds);
    if (process.env["RESUME_KILLS"] !== undefined) console.log(`${killed} of ${kills} killed, ${resumed} resumed`);
    expect(killed).toBeGreaterThan(0);
    expect(resumed).toBeGreaterThan(0);
    const [whole, part] = [traces("whole"), traces("killed")];
    expect(Object.keys(part)).toEqual(Object.keys(whole));
    expect(Object.keys(whole).filter((file) => whole[file] !== part[file])).toEqual([]);
    expect(readdirSync(join(folder, "runs", "killed")).sort()).toEqual(
      ["checkpoints", "config.json", "events.jsonl", "index.html", "log.jsonl", "metrics.jsonl", "run.json", "samples"],
    );
  });

  test("that was stopped by Ctrl-C or --max-steps also, and may be made longer; a damaged checkpoint is passed over", async () => {
    const short = command("short", "--max-steps", "5");
    expect(await cyclegan(folder, ...short)).toMatchObject({ code: 0 });
    const newest = join(folder, "runs", "short", "checkpoints", "step-00000005", "G_A.safetensors");
    truncateSync(newest, 100);
    const { child, outcome } = start(folder, "train", "--resume", "runs/short", "--max-steps", "0");
    child.stderr?.on("data", (text: Buffer) => {
      if (text.toString().includes("Resumed after step 4")) child.kill("SIGINT");
    });
    const { code, stderr } = await outcome;
    expect(stderr).toMatch(/step-00000005.G_A.safetensors: expected \d+ bytes, got 100\. .*step 4 is used instead/);
    expect(stderr).toMatch(/Stopped after \d+ steps [^]*\nContinue: +cyclegan train --resume runs.short\n/);
    expect(code).toBe(130);
    const reference = ["--continue_train", "--epoch", "latest", "--epoch_count", "2", "--name", "short"];
    const rest = await cyclegan(folder, "train", ...reference, "--tensorboard");
    expect(rest.stderr).toMatch(/--epoch-count is ignored: the checkpoint knows its epoch/);
    expect(rest.code).toBe(0);
    expect(traces("short")).toEqual(traces("whole"));
    expect(readdirSync(join(folder, "runs", "short", "tensorboard"))).toHaveLength(1);
    const again = await cyclegan(folder, "train", "--resume", "runs/short");
    expect(again.stderr).toMatch(/runs.short is trained to its end, step \d+\. To train it longer, raise --n-epochs/);
    expect(again.code).toBe(0);
  });

  test("that came to its end ends as if that had been further off, when it is made longer", async () => {
    expect(await cyclegan(folder, ...command("longer", "--max-steps", "5"))).toMatchObject({ code: 0 });
    const measured = readFileSync(join(folder, "runs", "longer", "metrics.jsonl"), "utf8").trimEnd().split("\n");
    expect(measured.map((line) => JSON.parse(line) as unknown)).toMatchObject([{ step: 3 }, { step: 5 }]);
    const { code, stderr } = await cyclegan(folder, "train", "--resume", "runs/longer", "--max-steps", "0");
    expect(code, stderr).toBe(0);
    expect(traces("longer")).toEqual(traces("whole"));
  });

  test("begins again where it was killed in its first save, but not where its checkpoints were removed", async () => {
    const checkpoints = join(folder, "runs", "early", "checkpoints");
    const removeCheckpoints = (): void => {
      for (const name of readdirSync(checkpoints)) {
        if (name.startsWith("step-")) rmSync(join(checkpoints, name), { recursive: true });
      }
    };
    cpSync(join(folder, "runs", "whole"), join(folder, "runs", "early"), { recursive: true });
    removeCheckpoints();
    writeFileSync(join(checkpoints, ".awaiting-first-checkpoint"), "");
    const { code, stderr } = await cyclegan(folder, "train", "--resume", "runs/early");
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/runs.early was interrupted before its first save: it is trained from its seed again\./);
    expect(traces("early")).toEqual(traces("whole"));
    removeCheckpoints();
    const refused = await cyclegan(folder, "train", "--resume", "runs/early");
    expect(refused.stderr).toMatch(/checkpoints: expected a checkpoint to resume from, got none\./);
    expect(refused.code).toBe(1);
    expect(readdirSync(checkpoints)).toContain("latest_net_G_A.safetensors");
    // All of it gone, as where a disk is not mounted.
    renameSync(checkpoints, `${checkpoints}-elsewhere`);
    const log = readFileSync(join(folder, "runs", "early", "log.jsonl"), "utf8");
    expect(await cyclegan(folder, "train", "--resume", "runs/early")).toMatchObject({ code: 1 });
    mkdirSync(checkpoints);
    expect(await cyclegan(folder, "train", "--resume", "runs/early")).toMatchObject({ code: 1 });
    expect(readFileSync(join(folder, "runs", "early", "log.jsonl"), "utf8")).toBe(log);
  });

  test("is locked before its checkpoint is read, so that no other process saves a newer one meanwhile", async () => {
    const { lock } = openResumePoint(resumedConfig(join(folder, "runs", "whole"), { dataroot: join(folder, "data") }), () => {});
    const refused = await cyclegan(folder, "train", "--resume", "runs/whole");
    expect(refused.stderr).toMatch(/^cyclegan: runs.whole: process \d+ is already training this run\./);
    expect(refused.code).toBe(1);
    lock.release();
    expect(existsSync(join(folder, "runs", "whole", "run.lock"))).toBe(false);
  });

  test("is repeated from its config.json, bit for bit", async () => {
    const repeat = await cyclegan(folder, "train", "--config", "runs/whole/config.json", "--name", "again", "--num-threads", "0");
    expect(repeat.code, repeat.stderr).toBe(0);
    expect(traces("again")).toEqual(traces("whole"));
    expect(readJson("again", "config.json")).toEqual({ ...readJson("whole", "config.json"), name: "again", numThreads: 0 });
    const [session] = (readJson("again", "run.json") as { sessions: Readonly<Record<string, unknown>>[] }).sessions;
    expect(session).toMatchObject({ fromStep: 0, node: process.version, data: expect.stringMatching(/^[0-9a-f]{64}$/) });
  });

  test.each([
    ["another network", ["--ngf", "8"], 2, /--ngf: expected 4, with which runs.whole was trained, got 8\. Resume without/],
    ["another seed", ["--seed", "1"], 2, /--seed: expected 0,/],
    ["other images", ["--dataroot", "other"], 1, /other: expected the images that runs.whole was trained on, got others/],
    ["--overwrite", ["--overwrite"], 2, /--overwrite cannot be combined with --resume/],
    ["--name", ["--name", "x"], 2, /--name cannot be combined with --resume/],
  ])("does not go on with %s", async (_, options, status, message) => {
    makeImages(join(folder, "other", "trainA"), 3, 40, 36);
    makeImages(join(folder, "other", "trainB"), 4, 36, 41);
    const { code, stderr } = await cyclegan(folder, "train", "--resume", "runs/whole", ...options);
    expect(stderr).toMatch(message);
    expect(code).toBe(status);
  });
});

function readJson(name: string, file: string): Readonly<Record<string, unknown>> {
  return JSON.parse(readFileSync(join(folder, "runs", name, file), "utf8")) as Readonly<Record<string, unknown>>;
}

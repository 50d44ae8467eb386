import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeImages } from "../cli/make-images.js";
import { root } from "./run-example.js";

const folder = mkdtempSync(join(tmpdir(), "cyclegan-own-model-"));
beforeAll(() => {
  makeImages(join(folder, "pairs", "train"), 4, 32, 16);
  makeImages(join(folder, "pairs", "test"), 2, 32, 16);
  makeImages(join(folder, "photos"), 2, 16, 16);
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Outcome {
  readonly code: number | null;
  readonly stderr: string;
}

/** Runs the example; kills it with SIGKILL once `killWhen` is true. */
async function ownModel(args: string, killWhen: () => boolean = () => false): Promise<Outcome> {
  const command = ["--import", import.meta.resolve("tsx"), join(root, "examples/own-model.ts"), ...args.split(" ")];
  const child = spawn(process.execPath, command, { cwd: folder, env: { ...process.env, DEBUG: "" } });
  let stderr = "";
  child.stderr.on("data", (text: Buffer) => void (stderr += text.toString()));
  const poll = setInterval(() => killWhen() && child.kill("SIGKILL"), 1);
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  clearInterval(poll);
  return { code, stderr };
}

const train = (name: string): string =>
  `train --model regression --dataroot pairs --name ${name} --continue-train --load-size 18 --crop-size 16 --ngf 4 --n-blocks 1 ` +
  "--lr 5e-3 --print-freq 1 --display-freq 4 --save-latest-freq 2 --eval-freq 4 --n-epochs 5 --n-epochs-decay 0";

const runFile = (name: string, ...parts: readonly string[]): string => join(folder, "runs", name, ...parts);

function traces(name: string): unknown {
  const log = readFileSync(runFile(name, "log.jsonl"), "utf8").trim().split("\n").map((line): unknown => JSON.parse(line));
  const losses = log.map((row) => (row as Readonly<Record<string, number>>)["L1"]);
  const files = ["metrics.jsonl", "checkpoints/latest_net_G.safetensors", "checkpoints/best_net_G.safetensors"];
  return [losses, ...files.map((file) => readFileSync(runFile(name, file)).toString("base64")), readdirSync(runFile(name, "samples"))];
}

test("the help of a user's model lists its options", async () => {
  const child = spawn(process.execPath, ["--import", import.meta.resolve("tsx"), join(root, "examples/own-model.ts"), "train", "--model", "regression", "--help"]);
  let help = "";
  child.stdout.on("data", (text: Buffer) => void (help += text.toString()));
  await new Promise((resolve) => child.on("close", resolve));
  expect(help).toMatch(/Regression networks:\n +--input-nc/);
  expect(help).not.toContain("CycleGAN networks");
});

test("a user's model trains, resumes to the same bits after SIGKILL, has a page, can be measured, and translates", { timeout: 60_000 }, async () => {
  const whole = await ownModel(train("whole"));
  expect(whole.code, whole.stderr).toBe(0);
  const losses = (traces("whole") as [number[]])[0];
  expect(losses).toHaveLength(20);
  expect(losses.at(-1)).toBeLessThan(0.75 * (losses[0] ?? 0));

  const killed = await ownModel(train("killed"), () => existsSync(runFile("killed", "checkpoints", "step-00000004")));
  expect(killed.code).toBeNull();
  const resumed = await ownModel(train("killed"));
  expect(resumed.stderr).toMatch(/Resumed after step \d+\./);
  expect(resumed.code).toBe(0);
  expect(traces("killed")).toEqual(traces("whole"));

  const page = readFileSync(runFile("whole", "index.html"), "utf8");
  for (const text of ["– Regression</title>", "translated", "Held-out L1"]) expect(page).toContain(text);

  expect((await ownModel("eval --model runs/whole")).code).toBe(0);
  const translated = await ownModel("translate --model runs/whole --direction AtoB --input photos --output drawn");
  expect(translated.stderr).toMatch(/2/);
  expect(translated.code).toBe(0);
  expect(readdirSync(join(folder, "drawn")).filter((name) => name.endsWith(".png"))).toEqual(["0.png", "1.png"]);
  const back = await ownModel("translate --model runs/whole --direction BtoA --input photos --output other");
  expect(back.stderr).toContain("only translates the other way");
  expect(back.code).toBe(2);
});

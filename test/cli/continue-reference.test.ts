import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeImages } from "./make-images.js";
import { cyclegan } from "./run-command.js";

const folder = mkdtempSync(join(tmpdir(), "cyclegan-continue-"));
const at = (...parts: readonly string[]): string => join(folder, ...parts);
const sizes = "--load_size 36 --crop_size 32 --ngf 4 --ndf 4 --n-blocks 1 --n_epochs 2 --n_epochs_decay 2";
const train = (line: string) => cyclegan(folder, ..."train --dataroot data".split(" "), ...sizes.split(" "), ...line.split(" "));
const files = (name: string): string => readdirSync(at("checkpoints", name)).sort().join(" ");

interface LogLine {
  readonly epoch: number;
  readonly lr: number;
}
const log = (run: string): LogLine[] => readFileSync(at(run, "log.jsonl"), "utf8").trim().split("\n").map((line) => JSON.parse(line) as LogLine);

/** A folder such as the reference writes: weights only, `latest` and those of an epoch. */
beforeAll(async () => {
  for (const domain of ["trainA", "trainB"]) makeImages(at("data", domain), 2, 40, 36);
  const { code, stderr } = await train("--name own --save-pth --loss-log --save_epoch_freq 1 --print_freq 1");
  expect(code, stderr).toBe(0);
  mkdirSync(at("checkpoints", "zebra"), { recursive: true });
  mkdirSync(at("checkpoints", "half"));
  for (const network of ["G_A", "G_B", "D_A", "D_B"]) {
    for (const tag of ["latest", "2"]) copyFileSync(at("runs/own/checkpoints", `${tag}_net_${network}.pth`), at("checkpoints/zebra", `${tag}_net_${network}.pth`));
  }
  for (const network of ["G_A", "G_B"]) copyFileSync(at("checkpoints/zebra", `latest_net_${network}.pth`), at("checkpoints/half", `latest_net_${network}.pth`));
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));

test("--continue_train --epoch_count starts from the weights of the reference, at that epoch, and then continues its own run", { timeout: 120_000 }, async () => {
  const begun = await train("--name zebra --continue_train --epoch 2 --epoch_count 3 --print_freq 1 --max-steps 3");
  expect(begun.code, begun.stderr).toBe(0);
  expect(begun.stderr).toMatch(
    /Starts from the weights in checkpoints.zebra, epoch 2: G_A, G_B, D_A, D_B\. As in the reference, Adam's moments and the image pools start empty\./,
  );
  expect(begun.stderr).toMatch(/3 steps in epochs 3 to 4\./);
  expect(log("runs/zebra").map(({ epoch }) => epoch)).toEqual([3, 3, 4]);
  // The rate of these epochs in the run that was continued.
  expect(log("runs/zebra").map(({ lr }) => lr)).toEqual(log("runs/own").slice(4, 7).map(({ lr }) => lr));

  const continued = await train("--name zebra --continue_train --epoch_count 3 --max-steps 0");
  expect(continued.code, continued.stderr).toBe(0);
  expect(continued.stderr).toMatch(/--epoch-count is ignored: the checkpoint knows its epoch\.[^]*Resumed after step 3\.[^]*Done after 4 steps/);
});

test("--loss-log writes the log as the reference does", () => {
  const [title, ...lines] = readFileSync(at("runs/own/loss_log.txt"), "utf8").trim().split("\n");
  expect(title).toBe("================ Training Loss (own) ================");
  expect(lines.map((line) => /^\(epoch: (\d+), iters: (\d+), /.exec(line)?.slice(1).map(Number))).toEqual(
    [[1, 1], [1, 2], [2, 1], [2, 2], [3, 1], [3, 2], [4, 1], [4, 2]],
  );
  const number = String.raw`-?\d+\.\d{3}`;
  const losses = ["D_A", "G_A", "cycle_A", "idt_A", "D_B", "G_B", "cycle_B", "idt_B"].map((name) => `${name}: ${number}`).join(" ");
  expect(lines[0]).toMatch(new RegExp(`^\\(epoch: 1, iters: 1, time: ${number}, data: ${number}\\) ${losses}$`));
});

test("a folder of the reference under --checkpoints_dir stays as it is, and networks without a file are named", { timeout: 120_000 }, async () => {
  const before = files("half");
  const begun = await train("--name half --checkpoints_dir checkpoints --continue_train --max-steps 1");
  expect(begun.code, begun.stderr).toBe(0);
  expect(begun.stderr).toMatch(/epoch latest: G_A, G_B\. D_A, D_B: no file, so random weights\./);
  expect(files("half")).toBe(before);
  expect(existsSync(at("checkpoints/half-continued/config.json"))).toBe(true);
});

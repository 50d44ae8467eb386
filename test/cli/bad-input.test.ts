import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { trainConfig } from "../../src/run/options.js";
import { writeGeneratorFile } from "../support/generator-file.js";
import { makeImages } from "./make-images.js";
import { cyclegan } from "./run-command.js";

const folder = mkdtempSync(join(tmpdir(), "cyclegan-cli-"));
const inFolder = (...parts: readonly string[]): string => join(folder, ...parts);

beforeAll(() => {
  for (const domain of ["trainA", "trainB"]) makeImages(inFolder("data", domain), 1, 8, 8);
  makeImages(inFolder("noB", "trainA"), 1, 8, 8);
  for (const domain of ["testA", "testB"]) makeImages(inFolder("tested", domain), 1, 8, 8);
  mkdirSync(inFolder("emptyA", "trainA"), { recursive: true });
  mkdirSync(inFolder("runs", "old", "checkpoints"), { recursive: true });
  writeFileSync(inFolder("runs", "old", "config.json"), JSON.stringify(trainConfig({ dataroot: "data" })));
  for (const name of ["20_net_G_B", "7_net_G_A", "7_net_G_B"]) {
    writeGeneratorFile(inFolder("runs", "old", "checkpoints", `${name}.safetensors`));
  }
  mkdirSync(inFolder("runs", "mine"), { recursive: true });
  writeFileSync(inFolder("runs", "mine", "thesis.txt"), "do not delete");
  mkdirSync(inFolder("broken"), { recursive: true });
  writeFileSync(inFolder("broken", "config.json"), '{"ngf": "many"}');
  writeFileSync(inFolder("file.txt"), "");
});
afterAll(() => rmSync(folder, { recursive: true }));

const train = ["train", "--dataroot", "data", "--name", "new"];
const translate = ["translate", "--model", "runs/old", "--direction", "BtoA", "--epoch", "20"];

/** Arguments, exit code, what the line says. */
const cases: readonly (readonly [string, readonly string[], number, RegExp])[] = [
  [
    "no folder of that name",
    ["train", "--dataroot", "nowhere"],
    1,
    /nowhere: expected a folder with .*trainA and trainB/,
  ],
  ["a domain missing", ["train", "--dataroot", "noB"], 1, /noB.trainB: expected a folder of images/],
  ["a domain empty", ["train", "--dataroot", "emptyA"], 1, /emptyA.trainA: expected images .*got none/],
  ["no data set named", ["train"], 2, /--dataroot: expected a folder that contains trainA and trainB, got none\. Or name two folders with --a and --b/],
  ["unknown option", [...train, "--lamda-a", "5"], 2, /unknown option '--lamda-a' \(Did you mean --lambda-a\?\)/],
  ["unknown option in the old spelling", [...train, "--lamda_A", "5"], 2, /Did you mean --lambda-a\?/],
  ["unknown command", ["trian"], 2, /unknown command 'trian' \(Did you mean train\?\)/],
  ["a file as --runs-dir", [...train, "--runs-dir", "file.txt"], 1, /--runs-dir file\.txt: expected a folder, or a place for a new one, got a file there or above it\./],
  ["one folder of two", ["train", "--a", "data/trainA"], 2, /--a and --b only work together/],
  ["two ways to name a data set", [...train, "--a", "x", "--b", "y"], 2, /--dataroot cannot be combined with --a and --b/],
  ["more than half held out", ["train", "--a", "x", "--b", "y", "--hold-out", "60%"], 2, /--hold-out: expected a number between 0 and 50, got "60%"/],
  ["no number", [...train, "--ngf", "wide"], 2, /--ngf: expected a whole number of at least 1, got "wide"/],
  ["a list of other words", [...train, "--diffaugment", "color,blur"], 2, /--diffaugment: expected some of color, translation, cutout/],
  ["an empty number", [...train, "--lr", ""], 2, /--lr: expected a number above 0 and below 3\.4e\+38, got ""/],
  ["a number beyond float32", [...train, "--lr", "1e40"], 2, /--lr: expected a number above 0 and below 3\.4e\+38, got "1e40"/],
  ["no whole number", [...train, "--batch-size", "1.5"], 2, /--batch-size: expected a whole number of at least 1/],
  ["out of range", [...train, "--beta1", "1"], 2, /--beta1: expected a number between 0 and 0.9999/],
  [
    "not one of the choices",
    [...train, "--gan-mode", "wgan"],
    2,
    /--gan-mode: expected lsgan \| vanilla \| hinge \| wgangp, got "wgan"/,
  ],
  [
    "labels for a critic without labels",
    [...train, "--gan-mode", "hinge", "--label-smoothing", "0.1"],
    2,
    /--label-smoothing only works with --gan-mode lsgan or vanilla, because hinge has no labels between 0 and 1\./,
  ],
  ["another generator", [...train, "--netG", "unet_64"], 2, /--net-g: expected resnet_9blocks.* got "unet_64"/],
  ["two numbers of blocks", [...train, "--net-g", "resnet_6blocks", "--n-blocks", "9"], 2, /--n-blocks 9 and --net-g, which means 6, differ/],
  ["another model", [...train, "--model", "stargan"], 2, /--model: expected cycle_gan \| pix2pix .*, got "stargan"/],
  ["going on from an older epoch", [...train, "--continue_train", "--name", "old", "--epoch", "5"], 2, /--epoch: expected latest, got 5/],
  ["an epoch without a training to continue", [...train, "--epoch", "5"], 2, /--epoch only works with --continue-train\./],
  ["a first epoch after the last", [...train, "--epoch-count", "21", "--n-epochs", "10", "--n-epochs-decay", "10"], 2, /--epoch-count: expected at most the last epoch, 20, got 21/],
  ["memory for no dry run", [...train, "--memory", "8"], 2, /--memory only works with --dry-run\./],
  ["a port for no page", [...train, "--port", "8000"], 2, /--port only works with --live\./],
  ["an address for no page", [...train, "--host", "0.0.0.0"], 2, /--host only works with --live or --metrics-port\./],
  ["endless tuning", ["tune", "--seconds", "Infinity"], 2, /--seconds: expected a number of at least 0, got "Infinity"/],
  ["resuming no run", ["train", "--resume", "runs/new"], 1, /runs.new: expected the folder of a run/],
  [
    "a crop above the load size",
    [...train, "--crop-size", "300"],
    2,
    /--crop-size: expected at most the --load-size of 286/,
  ],
  ["a crop the generators cannot take", [...train, "--crop-size", "130"], 2, /--crop-size: expected a multiple of 4/],
  ["a crop the discriminators cannot take", [...train, "--crop-size", "16"], 2, /--crop-size: expected at least 24/],
  ["identity of unlike channels", [...train, "--input-nc", "1"], 2, /--lambda-identity must be 0 if/],
  ["a name that leaves the folder", ["train", "--dataroot", "data", "--name", "../up"], 2, /--name: expected at most 100 letters/],
  ["a run that exists", ["train", "--dataroot", "data", "--name", "old"], 1, /--name old: .*--overwrite/],
  [
    "a folder that is no run",
    [...train.slice(0, 3), "--name", "mine", "--overwrite"],
    1,
    /mine: expected a run or nothing/,
  ],
  [
    "no model",
    ["translate", "--model", "runs/none", "--input", "data", "--output", "out"],
    1,
    /runs.none: expected the folder/,
  ],
  [
    "a folder that is no model",
    ["translate", "--model", "data", "--input", "data", "--output", "out"],
    1,
    /without config.json/,
  ],
  [
    "broken settings",
    ["translate", "--model", "broken", "--input", "data", "--output", "out"],
    1,
    /config.json: --ngf: expected/,
  ],
  [
    "no weights",
    ["translate", "--model", "runs/old", "--input", "data", "--output", "out"],
    1,
    /latest_net_G_A.*got none/,
  ],
  [
    "no weights of that epoch",
    [...translate, "--epoch", "5", "--input", "data", "--output", "out"],
    1,
    /--epoch can be 20/,
  ],
  ["a queue without a server", ["queue", "status"], 2, /--redis: expected the address of a Redis server, got none\. Give it, or set CYCLEGAN_REDIS\./],
  ["a queue of no folder", ["queue", "add", "--redis", "redis://host", "--model", "runs/old", "--input", "data/trainA/0.png", "--output", "out"], 1, /--input data.trainA.0\.png: expected a folder, since/],
  ["an address that nothing listens at", ["queue", "work", "--redis", "redis://:secret@127.0.0.1:1"], 1, /redis:\/\/127\.0\.0\.1:1: expected a Redis server that takes this connection, got connect ECONNREFUSED/],
  ["an option of the job for a worker", ["queue", "work", "--redis", "redis://host", "--scale", "2"], 2, /--scale is an option of the job: give it to cyclegan queue add\./],
  ["no time to work", ["queue", "work", "--lease", "0"], 2, /--lease: expected at least 1 second, got "0"/],
  ["no input", [...translate, "--input", "void", "--output", "out"], 1, /--input void: expected an image, a folder of images/],
  ["no images", [...translate, "--input", "emptyA", "--output", "out"], 1, /emptyA: expected images/],
  [
    "input as output",
    [...translate, "--input", "data", "--output", "./data"],
    1,
    /--output .*data: expected another folder/,
  ],
  [
    "an image's folder as output",
    [...translate, "--input", "data/trainA/0.png", "--output", "data/trainA"],
    1,
    /another folder/,
  ],
  [
    "a file as output",
    [...translate, "--input", "data", "--output", "file.txt"],
    1,
    /file.txt: expected a folder, got a file/,
  ],
  ["no model to measure", ["eval", "--model", "runs/none"], 1, /runs.none: expected the folder/],
  ["no weights to measure", ["eval", "--model", "runs/old", "--dataroot", "tested"], 1, /latest_net_G_A.*got none/],
  ["nothing to measure on", ["eval", "--model", "runs/old", "--epoch", "7"], 1, /testA: expected a folder of images/],
  ["no number of images", ["eval", "--model", "runs/old", "--images", "-1"], 2, /--images: expected a whole number/],
  ["no frequency", [...train, "--eval-freq", "-1"], 2, /--eval-freq: expected a whole number of at least 0/],
];

describe.concurrent("bad input: one line, the right code, nothing written", { timeout: 30_000 }, () => {
  test.each(cases)("%s", async (_, args, code, message) => {
    const outcome = await cyclegan(folder, ...args);
    expect(outcome.stderr).toMatch(message);
    expect(outcome.stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(outcome.stderr).toMatch(/^cyclegan: /);
    expect(outcome.stdout).toBe("");
    expect(outcome.code).toBe(code);
    expect(existsSync(inFolder("out"))).toBe(false);
    expect(readdirSync(inFolder("runs")).sort()).toEqual(["mine", "old"]);
  });
});

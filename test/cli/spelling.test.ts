import { Command } from "commander";
import { describe, expect, test } from "vitest";
import { addTrainOptions, configOf, modelOption } from "../../src/cli/options.js";
import { cycleGan } from "../../src/models/cyclegan/definition.js";
import { optionsOf } from "../../src/run/options.js";
import { flagOf } from "../../src/models/options.js";
import { acceptForeignOptions, foreignNotes, respell } from "../../src/cli/spelling.js";

function parsed(...args: readonly string[]): Command {
  const command = acceptForeignOptions(addTrainOptions(new Command("train").addOption(modelOption()), cycleGan));
  return command.parse(respell(args), { from: "user" });
}

describe("spelling", () => {
  test("the reference's names become kebab-case; values, exec and what follows -- stay", () => {
    const given = ["train", "--lambda_A", "5", "--netG=resnet_6blocks", "--n_layers_D", "a_B", "--", "--x_Y"];
    const wanted = ["train", "--lambda-a", "5", "--net-g=resnet_6blocks", "--n-layers-d", "a_B", "--", "--x_Y"];
    expect(respell(given)).toEqual(wanted);
    expect(respell(["exec", "vitest", "--testTimeout"])).toEqual(["exec", "vitest", "--testTimeout"]);
  });

  test("a command line of the reference works", () => {
    const command = parsed(
      "--dataroot", "./datasets/maps", "--name", "maps", "--model", "cycle_gan", "--netG", "resnet_6blocks",
      "--lambda_A", "5", "--no_flip", "--serial_batches", "--n_epochs", "10", "--max_dataset_size", "inf",
      "--gpu_ids", "-1", "--display_id", "0", "--no_dropout", "--checkpoints_dir", "out",
    );
    expect(configOf(command, cycleGan)).toMatchObject({
      dataroot: "./datasets/maps", name: "maps", nBlocks: 6, lambdaA: 5, lambdaB: 10, flip: false,
      serialBatches: true, nEpochs: 10, maxDatasetSize: 0, runsDir: "out",
    });
    expect(foreignNotes(command)).toEqual([
      "--gpu-ids is ignored: use --adapter with a number that \"cyclegan doctor\" shows.",
      "--display-id is ignored: each run has its own index.html.",
    ]);
  });

  test("inf is no limit where 0 is, and else no number", () => {
    const limits = { maxDatasetSize: "--max_dataset_size", maxSteps: "--max-steps", evalImages: "--eval-images" };
    expect(configOf(parsed("--dataroot", "d", ...Object.values(limits).flatMap((flag) => [flag, "inf"])), cycleGan)).toMatchObject({
      maxDatasetSize: 0, maxSteps: 0, evalImages: 0,
    });
    const numbers = Object.entries(optionsOf(cycleGan)).filter(([key, { initial }]) => typeof initial === "number" && !(key in limits));
    expect(numbers.length).toBeGreaterThan(20);
    for (const [key, spec] of numbers) {
      const flag = flagOf(key, spec);
      expect(() => parsed(flag, "inf")).toThrow(`${flag}: expected ${spec.expected}, got "inf".`);
    }
  });

  test("defaults are the reference's", () => {
    expect(configOf(parsed("--dataroot", "d"), cycleGan)).toMatchObject({
      name: "experiment_name", nBlocks: 9, ngf: 64, ndf: 64, netD: "basic", nLayersD: 3, norm: "instance",
      initType: "normal", initGain: 0.02, direction: "AtoB", batchSize: 1, loadSize: 286, cropSize: 256,
      preprocess: "resize_and_crop", flip: true, serialBatches: false, numThreads: 4, displayFreq: 400,
      printFreq: 100, saveLatestFreq: 5000, saveEpochFreq: 5, nEpochs: 100, nEpochsDecay: 100, lr: 2e-4,
      beta1: 0.5, ganMode: "lsgan", poolSize: 50, lrPolicy: "linear", lrDecayIters: 50,
      lambdaA: 10, lambdaB: 10, lambdaIdentity: 0.5,
    });
  });
});

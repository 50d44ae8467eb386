import { Command } from "commander";
import { describe, expect, test } from "vitest";
import { addTrainOptions, configOf, modelOption } from "../../src/cli/arguments/options.js";
import { cycleGan } from "../../src/models/cyclegan/definition.js";
import { cut } from "../../src/models/cut/definition.js";
import { pix2Pix } from "../../src/models/pix2pix/definition.js";
import { optionsOf } from "../../src/run/options.js";
import { flagOf } from "../../src/models/options.js";
import { addTaskOptions } from "../../src/cli/train-task.js";
import { evalCommand } from "../../src/cli/eval.js";
import { referenceOptions } from "../../src/cli/arguments/reference-options.js";
import { respell } from "../../src/cli/arguments/spelling.js";
import { testCommand } from "../../src/cli/test.js";
import { trainCommand } from "../../src/cli/train.js";
import { translateCommand } from "../../src/cli/translate.js";
import { UsageError } from "../../src/errors.js";

function parsed(...args: readonly string[]): Command {
  const command = addTaskOptions(addTrainOptions(new Command("train").addOption(modelOption()), cycleGan));
  return command.parse(respell(["train", ...args]).args.slice(1), { from: "user" });
}

/** The arguments that a command gets. */
const argsOf = (line: string): readonly string[] => respell(line.split(" ")).args;

describe("spelling", () => {
  test("the reference's names become kebab-case; values, exec and what follows -- stay", () => {
    const given = ["train", "--lambda_A", "5", "--netG=resnet_6blocks", "--n_layers_D", "a_B", "--", "--x_Y"];
    const wanted = ["train", "--lambda-a", "5", "--net-g=resnet_6blocks", "--n-layers-d", "a_B", "--", "--x_Y"];
    expect(respell(given)).toEqual({ args: wanted, notes: [] });
    expect(respell(["exec", "vitest", "--testTimeout"]).args).toEqual(["exec", "vitest", "--testTimeout"]);
  });

  test("a command line of the reference works", () => {
    const line = [
      "--dataroot", "./datasets/maps", "--name", "maps", "--model", "cycle_gan", "--netG", "resnet_6blocks",
      "--lambda_A", "5", "--no_flip", "--serial_batches", "--n_epochs", "10", "--max_dataset_size", "inf",
      "--display_id", "0", "--no_dropout", "--checkpoints_dir", "out",
    ];
    expect(configOf(parsed(...line), cycleGan)).toMatchObject({
      dataroot: "./datasets/maps", name: "maps", nBlocks: 6, lambdaA: 5, lambdaB: 10, flip: false,
      serialBatches: true, nEpochs: 10, maxDatasetSize: 0, runsDir: "out",
    });
    expect(respell(["train", ...line]).notes).toEqual(["--display-id is ignored: each run has its own index.html, and --live serves it."]);
  });

  test("--netG names a ResNet or a U-Net, and differs from no option", () => {
    const given = (line: string): unknown => configOf(parsed(...line.split(" ")), cycleGan);
    expect(given("--netG unet_128")).toMatchObject({ numDowns: 7, nBlocks: 9 });
    expect(given("--netG unet_256 --num-downs 8")).toMatchObject({ numDowns: 8 });
    expect(given("--netG resnet_3blocks")).toMatchObject({ numDowns: 0, nBlocks: 3 });
    expect(() => given("--netG unet_512")).toThrow(/^--net-g: expected resnet_9blocks, .* unet_128 or unet_256, got "unet_512"\.$/);
    expect(() => given("--netG unet_256 --num-downs 7")).toThrow("--num-downs 7 and --net-g, which means 8, differ. Give one of the two.");
  });

  test("so does one of 2017", () => {
    const line = "--dataroot d --which_model_netG resnet_6blocks --which_model_netD n_layers --which_direction BtoA --loadSize 143 " +
      "--fineSize 128 --batchSize 2 --niter 10 --niter_decay 20 --identity 0.1 --no_lsgan --resize_or_crop crop --nThreads 1 " +
      "--lr_policy lambda --which_epoch latest --display_single_pane_ncols 4 --gpu_ids 0";
    expect(configOf(parsed(...line.split(" ")), cycleGan)).toMatchObject({
      nBlocks: 6, netD: "n_layers", direction: "BtoA", loadSize: 143, cropSize: 128, batchSize: 2, nEpochs: 10, nEpochsDecay: 20,
      lambdaIdentity: 0.1, ganMode: "vanilla", preprocess: "crop", numThreads: 1, lrPolicy: "linear",
    });
  });

  test("so does that of its train_pix2pix.sh", () => {
    const line = "--dataroot ./datasets/facades --name facades_pix2pix --model pix2pix --netG unet_256 --direction BtoA --lambda_L1 50 " +
      "--dataset_mode aligned --norm batch --pool_size 0";
    const command = (given: string): Command => addTaskOptions(addTrainOptions(new Command("train").addOption(modelOption()), pix2Pix)).parse(
      respell(["train", ...given.split(" ")]).args.slice(1), { from: "user" });
    expect(configOf(command(line), pix2Pix)).toMatchObject({
      model: "pix2pix", name: "facades_pix2pix", numDowns: 8, direction: "BtoA", lambdaL1: 50, norm: "batch", poolSize: 0, dropout: true,
      ganMode: "vanilla",
    });
    expect(configOf(command(`${line} --no_dropout`), pix2Pix)).toMatchObject({ dropout: false });
    expect(configOf(command(`${line} --use_dropout`), pix2Pix)).toMatchObject({ dropout: true });
  });

  test("so do those of CUT's program, which need no --model", () => {
    const command = (given: string): Command => addTaskOptions(addTrainOptions(new Command("train").addOption(modelOption()), cut)).parse(
      respell(["train", ...given.split(" ")]).args.slice(1), { from: "user" });
    const config = (given: string) => configOf(command(`--dataroot ./datasets/grumpifycat --name grumpycat ${given}`), cut);
    expect(config("--CUT_mode CUT --netG resnet_6blocks --normG instance --normD instance --nce_layers 0,4,8 --nce_T 0.1 --netF_nc 64")).toMatchObject({
      model: "cut", nBlocks: 6, lambdaNce: 1, nceIdt: true, flipEquivariance: false, nEpochs: 200, nEpochsDecay: 200, nceLayers: "0,4,8", nceT: 0.1, netFNc: 64,
    });
    expect(config("--CUT_mode FastCUT --flip_equivariance True")).toMatchObject({
      lambdaNce: 10, nceIdt: false, flipEquivariance: true, nEpochs: 150, nEpochsDecay: 50, initType: "xavier", antialias: true,
    });
    expect(config("--model cut --CUT_mode fastcut --lambda_NCE 5 --n_epochs 10 --no_antialias --no_antialias_up --num_patches 64")).toMatchObject({
      lambdaNce: 5, nceIdt: false, nEpochs: 10, nEpochsDecay: 50, antialias: false, antialiasUp: false, numPatches: 64,
    });
    expect(config("--CUT_mode CUT --nce_idt False --flip_equivariance")).toMatchObject({ nceIdt: false, flipEquivariance: true });
    expect(() => config("--CUT_mode FastCUT --nce_idt True")).toThrow(/--nce-idt true: FastCUT has the opposite/);
    expect(respell("train --CUT_mode CUT".split(" ")).args).toEqual(["train", "--model", "cut", "--cut-mode", "CUT"]);
    expect(respell("test --dataroot d --name n --CUT_mode CUT --phase train".split(" ")).notes).toEqual([
      "--cut-mode is ignored: the weights say which network they belong to.",
    ]);
  });

  test("--gpu_ids is the processor, an adapter, or an error for several", () => {
    expect(argsOf("train --gpu_ids -1")).toEqual(["train", "--adapter", "software"]);
    expect(argsOf("train --gpu_ids=-1")).toEqual(["train", "--adapter", "software"]);
    expect(argsOf("translate --gpu_ids 0")).toEqual(["translate"]);
    expect(argsOf("test --gpu_ids 2")).toEqual(["test", "--adapter", "2"]);
    expect(argsOf("train --gpu_ids -1 --adapter 1")).toEqual(["train", "--adapter", "1"]);
    expect(() => argsOf("train --gpu_ids 0,1")).toThrow(/--gpu-ids 0,1: a training uses one device\./);
  });

  test("losses and policies have the reference's names", () => {
    expect(argsOf("train --gan_mode wgangp --lr_policy plateau")).toEqual(["train", "--gan-mode", "wgangp", "--lr-policy", "plateau"]);
    expect(argsOf("train --lr_policy lambda --no_lsgan")).toEqual(["train", "--lr-policy", "linear", "--gan-mode", "vanilla"]);
  });

  test.each([
    ["train --model test", /--model test: .*Use "cyclegan test"/],
    ["train --model colorization", /--model colorization: .*Use pix2pix/],
    ["train --dataset_mode aligned", /--dataset-mode: expected unaligned, got aligned/],
    ["train --norm syncbatch", /--norm syncbatch: .*Use batch\./],
    ["train --align_data", /--align-data: CycleGAN needs no pairs\./],
    ["train --results_dir r", /--results-dir: this is an option of "cyclegan test"/],
    ["train --num_test 50", /--num-test: this is an option of "cyclegan test"/],
    ["test --niter 100", /--niter: this is an option of "cyclegan train"/],
    ["translate --lr_policy linear", /--lr-policy: this is an option of "cyclegan train"/],
    ["translate --dataroot d", /--dataroot: name the images with --input, or use "cyclegan test"/],
    ["translate --name n", /--name: name the folder of the run with --model/],
    ["translate --results_dir r", /--results-dir: name the folder of the translations with --output/],
    ["eval --checkpoints_dir c", /--checkpoints-dir: name the folder of the run with --model/],
    ["eval --model_suffix _A", /--model-suffix: choose the generator with --direction/],
    ["train --model pix2pix --dataset_mode unaligned", /--dataset-mode: expected aligned, got unaligned/],
    ["train --use_dropout", /--use-dropout: the networks have no dropout/],
    ["translate --load_iter 5000", /--load-iter: expected 0, got 5000\. Name an epoch/],
    ["train --fineSize", /--fine-size: expected a value, got none/],
  ])("%s says what to use instead", (line, message) => {
    expect(() => argsOf(line)).toThrow(UsageError);
    expect(() => argsOf(line)).toThrow(message);
  });

  test("options that are ignored for one reason share a line", () => {
    const { notes } = respell("train --display_id -1 --verbose --display_port=8097 --use_wandb".split(" "));
    expect(notes).toEqual([
      "--display-id, --display-port, --use-wandb are ignored: each run has its own index.html, and --live serves it.",
      "--verbose is ignored: set DEBUG=1 instead.",
    ]);
  });

  test.each([
    ["train", "results_dir aspect_ratio eval num_test how_many ntest model_suffix"],
    ["test", "display_freq print_freq save_latest_freq save_epoch_freq save_by_iter continue_train epoch_count n_epochs n_epochs_decay niter"],
    ["translate", "dataroot name checkpoints_dir results_dir model_suffix phase niter_decay beta1 lr gan_mode no_lsgan pool_size lr_policy"],
    ["eval", "name checkpoints_dir results_dir model_suffix phase lr_decay_iters lambda_A lambda_B lambda_identity identity isTrain"],
  ])("%s answers options of the reference's other program", (command, options) => {
    for (const option of options.split(" ")) expect(() => argsOf(`${command} --${option} train`), option).toThrow(UsageError);
  });

  test("what the table puts in place of an option is an option of that command", () => {
    const flags = (command: Command): readonly (string | undefined)[] => command.options.map(({ long }) => long);
    const known = { train: [...flags(trainCommand()), ...flags(addTrainOptions(new Command("train"), cut))], test: flags(testCommand()), translate: flags(translateCommand()), eval: flags(evalCommand()) };
    let checked = 0;
    for (const { name, commands, answer } of referenceOptions) {
      for (const command of commands) {
        for (const value of ["1", "resnet_6blocks", "latest", "train", "test", "0", "unaligned"]) {
          try {
            const [flag] = answer(value, []).args;
            if (flag !== undefined) expect(known[command], `${command} ${name}`).toContain(flag);
            checked++;
          } catch (error) {
            if (!(error instanceof UsageError)) throw error;
          }
        }
      }
    }
    expect(checked).toBeGreaterThan(300);
  });

  test("the table has an option once for each command", () => {
    const names = referenceOptions.flatMap(({ name, commands }) => commands.map((command) => `${command} ${name}`));
    expect(names).toEqual([...new Set(names)]);
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

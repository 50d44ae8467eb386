/** The training of the plain GAN: a generator of images from noise, a discriminator, and the step that trains them. */
import type { Batch } from "../../data/dataset.js";
import type { DType } from "../../dtype.js";
import type { Gpu } from "../../gpu/gpu.js";
import { releaseModule, trainedTensors } from "../../nn/module.js";
import type { Random } from "../../random.js";
import { frozen } from "../../tensor/grad-mode.js";
import { Tensor } from "../../tensor/tensor.js";
import type { HeldOutImages, Model, StepTime, Visuals } from "../model.js";
import { DiffAugment, parseAugmentations } from "../parts/diff-augment.js";
import { GanLoss } from "../parts/gan-loss.js";
import { NewestStep } from "../parts/newest-step.js";
import { drawNoise, imagesOfNoise } from "../parts/noise.js";
import { Optimizer } from "../parts/optimizer.js";
import { activationsOf } from "../parts/precision.js";
import { restoreState, takeState, trainedNames, type StatefulParts, type TrainerState } from "../parts/state.js";
import { evaluationOn, type HeldOutMetrics } from "./evaluation.js";
import { buildNetworks, type Networks } from "./networks.js";
import { gridSide, lossNames, visualRows, type GanOptions, type LossName } from "./options.js";

type StepLosses = Readonly<Partial<Record<LossName | "D_gp", Tensor>>>;

/**
 * Trains a generator to make images of noise that a discriminator takes for real. The vanilla loss is the minimax loss in its
 * non-saturating form: D maximises log D(x) + log(1 − D(G(z))), G maximises log D(G(z)).
 *
 * Source: arXiv 1406.2661, algorithm 1 with one step of D; arXiv 1511.06434; the order of a step is that of PyTorch's dcgan example.
 */
export class GanTrainer implements Model<"real"> {
  readonly networks: Networks;
  readonly #gpu: Gpu;
  readonly #options: GanOptions;
  readonly #gan: GanLoss;
  readonly #optimizerG: Optimizer;
  readonly #optimizerD: Optimizer;
  /** Undefined if nothing is augmented. */
  readonly #augment: DiffAugment | undefined;
  readonly #newest: NewestStep<LossName>;
  /** The noise of the steps. */
  readonly #noise: { random: Random };
  /** The noise of the sample grids, always the same. */
  readonly #shown: Float32Array;
  readonly #heldOut: Random;
  /** How images and activations are stored. Weights, moments and sums are float32. */
  readonly #activations: DType;

  constructor(gpu: Gpu, options: GanOptions, random: Random) {
    this.#gpu = gpu;
    this.#options = options;
    this.#activations = activationsOf(gpu, options.precision);
    this.#newest = new NewestStep(gpu, lossNames, options.ganMode === "wgangp" ? ["D_gp"] : []);
    this.networks = buildNetworks(gpu, options, random);
    this.#gan = new GanLoss(options, random);
    const adam = { lr: options.lr, beta1: options.beta1 };
    this.#optimizerG = new Optimizer(gpu, trainedTensors(this.networks.G), adam, this.#activations);
    this.#optimizerD = new Optimizer(gpu, trainedTensors(this.networks.D), adam, this.#activations);
    const augmentations = parseAugmentations(options.diffaugment);
    if (augmentations.length > 0) this.#augment = new DiffAugment(augmentations, random.stream("diffaugment"));
    this.#noise = { random: random.stream("z") };
    this.#shown = drawNoise(random.stream("shown z"), gridSide ** 2, options.nz);
    this.#heldOut = random.stream("held-out z");
  }

  /** Sets the learning rate of both optimizers. */
  schedule({ lr }: StepTime): void {
    this.#optimizerG.lr = lr;
    this.#optimizerD.lr = lr;
  }

  /**
   * One optimisation step: the discriminator, then the generator, on the same noise.
   *
   * Shape: real [n, cropSize, cropSize, nc] in [−1, 1]. Resolves when the device has at most this step left to do; on a software
   * adapter, when it has nothing left. Throws a ShapeError for sizes that do not fit, and a NonFiniteError if the step before left
   * NaN or infinity in a loss, gradient, parameter or moment.
   */
  async step({ real }: Batch<"real">): Promise<void> {
    const { nz } = this.#options;
    const [n] = real.shape;
    this.#newest.release();
    {
      using scope = this.#gpu.scope("training step");
      const x = Tensor.from(this.#gpu, real.shape, real.data, "real", this.#activations);
      const z = Tensor.from(this.#gpu, [n, 1, 1, nz], drawNoise(this.#noise.random, n, nz), "z", this.#activations);
      const fake = this.networks.G.forward(z);
      const judged = this.#stepDiscriminator(x, fake);
      const made = this.#stepGenerator(fake);
      this.#newest.keep(scope, {}, { ...made, ...judged });
    }
    await this.#newest.submit({ "the generator": this.#optimizerG.nonFinite, "the discriminator": this.#optimizerD.nonFinite });
  }

  /** Trains the discriminator to tell real images from generated ones. */
  #stepDiscriminator(x: Tensor, fake: Tensor): StepLosses {
    const { D } = this.networks;
    this.#optimizerD.zeroGrad();
    const [real, generated] = [this.#seen(x), this.#seen(fake.detach())];
    const D_real = this.#gan.ofDiscriminator(D.forward(real), "real");
    const D_fake = this.#gan.ofDiscriminator(D.forward(generated), "fake");
    this.#optimizerD.backward(D_real, D_fake);
    const D_gp = this.#gan.penalty(D, real, generated);
    if (D_gp) this.#optimizerD.backward(D_gp);
    this.#optimizerD.step();
    return { D_real, D_fake, ...(D_gp && { D_gp }) };
  }

  /** Trains the generator to deceive the discriminator. */
  #stepGenerator(fake: Tensor): StepLosses {
    const { D } = this.networks;
    this.#optimizerG.zeroGrad();
    const G_GAN = this.#gan.ofGenerator(frozen(trainedTensors(D), () => D.forward(this.#seen(fake))));
    this.#optimizerG.backward(G_GAN);
    this.#optimizerG.step();
    return { G_GAN };
  }

  /** The images as the discriminator sees them. */
  #seen(images: Tensor): Tensor {
    return this.#augment ? this.#augment.apply(images) : images;
  }

  /** The losses of the newest step. Waits for the device. Throws NonFiniteError as the next `step` would. */
  losses(): Promise<Readonly<Record<LossName, number>>> {
    return this.#newest.losses();
  }

  /** Samples of the same noise every time, by column of the grid. Waits for the device. */
  async visuals(): Promise<Visuals> {
    const { nz } = this.#options;
    const { shape, data } = await imagesOfNoise(this.#gpu, this.networks.G, this.#shown, nz);
    const [, h, w, c] = shape;
    const images = (column: number): Float32Array => {
      const size = gridSide * h * w * c;
      return data.subarray(column * size, (column + 1) * size);
    };
    const [row] = visualRows;
    return Object.fromEntries((row?.visuals ?? []).map((name, column) => [name, { shape: [gridSide, h, w, c], data: images(column) }]));
  }

  get weights(): Readonly<Record<"G" | "D", Networks["G"]>> {
    return { ...this.networks };
  }

  /** As in the contract. The networks include their running statistics. */
  async state(): Promise<TrainerState> {
    await this.#newest.losses();
    return takeState(this.#parts);
  }

  restore(state: TrainerState): void {
    restoreState(this.#gpu, this.#parts, state);
    this.#newest.reset();
  }

  evaluation(images: HeldOutImages<"real">): () => Promise<HeldOutMetrics> {
    return evaluationOn(this.#gpu, this.networks.G, this.#options.nz, this.#heldOut.stream("z"), images);
  }

  get #parts(): StatefulParts {
    const { G, D } = this.networks;
    return {
      networks: this.weights,
      optimizers: {
        optimizer_G: { adam: this.#optimizerG.adam, scaler: this.#optimizerG.scaler, parameters: trainedNames({ G }) },
        optimizer_D: { adam: this.#optimizerD.adam, scaler: this.#optimizerD.scaler, parameters: trainedNames({ D }) },
      },
      streams: { z: this.#noise, ...this.#gan.streams, ...(this.#augment && { diffaugment: this.#augment }) },
    };
  }

  /** Releases all device memory. */
  dispose(): void {
    this.#newest.release();
    this.#optimizerG.dispose();
    this.#optimizerD.dispose();
    for (const network of Object.values(this.networks)) releaseModule(network);
  }
}

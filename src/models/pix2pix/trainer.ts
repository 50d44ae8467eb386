/** The training of pix2pix: a generator, a discriminator of pairs, and the step that trains them. */
import type { Batch } from "../../data/dataset.js";
import type { ImageBatch } from "../../data/image.js";
import type { ProcessGroup } from "../../distributed/process-group.js";
import type { DType } from "../../dtype.js";
import type { Gpu } from "../../gpu/gpu.js";
import type { DropoutMasks } from "../../nn/dropout.js";
import { releaseModule, trainedTensors } from "../../nn/module.js";
import { add } from "../../ops/elementwise/add.js";
import { scale } from "../../ops/elementwise/scale.js";
import { concat } from "../../ops/shape/concat.js";
import type { Random } from "../../random.js";
import { frozen, noGrad } from "../../tensor/grad-mode.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { HeldOutImages, Model, StepTime, Visuals } from "../model.js";
import { GanLoss } from "../parts/gan-loss.js";
import { ImagePool } from "../parts/image-pool.js";
import { hideOutside, keepOutside, maskedL1Loss, realImages, type Mask } from "../parts/mask.js";
import { at, joined, MicroBatches } from "../parts/micro-batches.js";
import { NewestStep } from "../parts/newest-step.js";
import { Optimizer } from "../parts/optimizer.js";
import { activationsOf } from "../parts/precision.js";
import { readImages, translated } from "../parts/round-trip.js";
import { StepScope } from "../parts/step-scope.js";
import { restoreState, takeState, trainedNames, type StatefulParts, type TrainerState } from "../parts/state.js";
import { evaluationOn, type HeldOutMetrics } from "./evaluation.js";
import { buildNetworks, type Networks } from "./networks.js";
import { checkOptions, lossNames, type LossName, type Pix2PixOptions } from "./options.js";

type StepLosses = Readonly<Partial<Record<LossName | "D_gp", Tensor>>>;

/** What a micro-batch has for itself. */
interface Own {
  readonly gan: GanLoss;
  readonly pool: ImagePool;
}

/** The pairs of a micro-batch. The discriminator sees all of A, but B and the translation only inside of the mask. */
interface Pair {
  readonly real_A: Tensor;
  readonly real_B: Tensor;
  readonly mask: Mask | undefined;
  readonly own: Own;
}

type Judged = { readonly fake_B: Tensor; readonly losses: StepLosses };

/**
 * Trains a generator on pairs of images: to come near B, and to deceive a discriminator that sees A and B together.
 *
 * Source: arXiv 1611.07004, section 3; the order of a step is pix2pix_model.py's optimize_parameters.
 */
export class Pix2PixTrainer implements Model<"A" | "B"> {
  readonly networks: Networks;
  readonly #gpu: Gpu;
  readonly #options: Pix2PixOptions;
  readonly #optimizerG: Optimizer;
  readonly #optimizerD: Optimizer;
  readonly #masks: DropoutMasks;
  readonly #micro: MicroBatches;
  /** By micro-batch of this process. */
  readonly #own: readonly Own[];
  readonly #newest: NewestStep<LossName>;
  /** How images and activations are stored. Weights, moments and sums are float32. */
  readonly #activations: DType;

  /** Throws UsageError for an option outside its range. */
  constructor(gpu: Gpu, options: Pix2PixOptions, random: Random, group?: ProcessGroup) {
    checkOptions(options);
    this.#gpu = gpu;
    this.#options = options;
    this.#activations = activationsOf(gpu, options.precision);
    this.#micro = new MicroBatches(options.microBatches ?? 1, group);
    this.#newest = new NewestStep(gpu, lossNames, options.ganMode === "wgangp" ? ["D_gp"] : [], group);
    const { masks, ...networks } = buildNetworks(gpu, options, random);
    this.networks = networks;
    this.#masks = masks;
    const adam = { lr: options.lr, beta1: options.beta1 };
    this.#optimizerG = new Optimizer(gpu, trainedTensors(networks.G), adam, this.#activations);
    this.#optimizerD = new Optimizer(gpu, trainedTensors(networks.D), adam, this.#activations);
    this.#own = this.#micro.each(random, (its) => ({
      gan: new GanLoss(options, its),
      pool: new ImagePool(this.#micro.poolCapacity(options.poolSize), its.stream("fake_AB pool"), this.#activations),
    }));
  }

  /** Sets the learning rate of both optimizers. */
  schedule({ lr }: StepTime): void {
    this.#optimizerG.lr = lr;
    this.#optimizerD.lr = lr;
  }

  /**
   * One optimisation step: the discriminator, then the generator.
   *
   * Shape: A [n, h, w, inputNc] and B [n, h, w, outputNc] in [−1, 1]; if A has a mask, which is that of the pairs, inputNc is
   * outputNc. Resolves when the device has at most this step left to do; on a software adapter, when it has nothing left. Throws a
   * ShapeError for sizes that do not fit, and a NonFiniteError if the step before left NaN or infinity in a loss, gradient,
   * parameter or moment.
   */
  async step(batch: Batch<"A" | "B">): Promise<void> {
    this.#newest.release();
    {
      using scope = new StepScope(this.#gpu);
      const pairs = scope.run(() => this.#micro.split(batch).map(({ A, B }, place) => this.#load(A, B, place)));
      const before = this.#masks.updates;
      const judged = await this.#stepDiscriminator(scope, pairs, before);
      const made = await this.#stepGenerator(scope, pairs, judged, before);
      const images = { real_A: pairs[0]?.real_A, fake_B: judged[0]?.fake_B, real_B: pairs[0]?.real_B };
      this.#newest.keep(scope.held, images, joined(judged.map(({ losses }) => losses), made));
    }
    await this.#newest.submit({ "the generator": this.#optimizerG.nonFinite, "the discriminator": this.#optimizerD.nonFinite });
  }

  #load(A: ImageBatch, B: ImageBatch, place: number): Pair {
    const { images: real_A, mask } = realImages(this.#gpu, A, "real_A", this.#activations);
    const { images: real_B } = realImages(this.#gpu, B, "real_B", this.#activations);
    return { real_A, real_B, mask, own: at(this.#own, place) };
  }

  /** The translation of a micro-batch, with its masks of dropout. `before`: how many masks had been drawn before the step. */
  #translate({ real_A, mask }: Pair, place: number, before: number): Tensor {
    this.#masks.microBatch = { index: at(this.#micro.own, place), count: this.#micro.count };
    this.#masks.updates = before;
    return keepOutside(this.networks.G.forward(real_A), mask);
  }

  /**
   * Trains the discriminator to tell real pairs from those with a translation. A single translation keeps its graph for the generator;
   * several would fill the memory, and are made again.
   */
  async #stepDiscriminator(scope: StepScope, pairs: readonly Pair[], before: number): Promise<readonly Judged[]> {
    const judged = await this.#optimizerD.accumulate(scope, this.#micro, "discriminator", (place) => {
      const pair = at(pairs, place);
      const translate = (): Tensor => this.#translate(pair, place, before);
      const fake_B = this.#micro.ownsOne ? translate() : noGrad(translate);
      return { fake_B, losses: this.#judge(pair, fake_B) };
    });
    scope.run(() => this.#optimizerD.step());
    return judged;
  }

  #judge({ real_A, real_B, mask, own }: Pair, fake_B: Tensor): StepLosses {
    const { D } = this.networks;
    const fake = own.pool.query(concat(real_A, hideOutside(fake_B.detach(), mask)));
    const real = concat(real_A, hideOutside(real_B, mask));
    const D_fake = own.gan.ofDiscriminator(D.forward(fake), "fake");
    const D_real = own.gan.ofDiscriminator(D.forward(real), "real");
    this.#optimizerD.backward(scale(add(D_fake, D_real), 0.5));
    const D_gp = own.gan.penalty(D, real, fake, 0.5);
    if (D_gp) this.#optimizerD.backward(D_gp);
    return { D_real, D_fake, ...(D_gp && { D_gp }) };
  }

  /** Trains the generator to deceive the discriminator, and to come near B. */
  async #stepGenerator(scope: StepScope, pairs: readonly Pair[], judged: readonly Judged[], before: number): Promise<readonly StepLosses[]> {
    const { D } = this.networks;
    const { lambdaL1 } = this.#options;
    const made = await this.#optimizerG.accumulate(scope, this.#micro, "generator", (place) => {
      const pair = at(pairs, place);
      const { real_A, real_B, mask, own } = pair;
      const fake_B = this.#micro.ownsOne ? at(judged, place).fake_B : this.#translate(pair, place, before);
      const map = frozen(trainedTensors(D), () => D.forward(concat(real_A, hideOutside(fake_B, mask))));
      const G_GAN = own.gan.ofGenerator(map);
      const G_L1 = maskedL1Loss(fake_B, real_B, lambdaL1, mask);
      this.#optimizerG.backward(G_GAN, G_L1);
      return { G_GAN, G_L1 };
    });
    scope.run(() => this.#optimizerG.step());
    return made;
  }

  /** The losses of the newest step. Waits for the device. Throws NonFiniteError as the next `step` would. */
  losses(): Promise<Readonly<Record<LossName, number>>> {
    return this.#newest.losses();
  }

  /** The images of the newest step. Waits for the device. */
  visuals(): Promise<Visuals> {
    return this.#newest.visuals();
  }

  /** The translation as in use: without dropout, by the running statistics. */
  async show({ A, B }: Batch<"A" | "B">): Promise<Visuals> {
    using fake_B = this.#translated(A);
    return { real_A: A, fake_B: await readImages(fake_B), real_B: B };
  }

  #translated(A: Batch<"A" | "B">["A"]): Tensor {
    using scope = this.#gpu.scope("sample");
    const { images, mask } = realImages(this.#gpu, A, "real_A");
    return scope.keep(translated(this.#gpu, this.networks.G, images, mask));
  }

  get weights(): Readonly<Record<"G" | "D", Networks["G"]>> {
    return { ...this.networks };
  }

  /** As in the contract. The networks include their running statistics, the counters the number of dropout masks drawn. */
  async state(): Promise<TrainerState> {
    await this.#newest.losses();
    return takeState(this.#parts);
  }

  restore(state: TrainerState): void {
    restoreState(this.#gpu, this.#parts, state);
    this.#newest.reset();
  }

  evaluation(images: HeldOutImages<"A" | "B">): () => Promise<HeldOutMetrics> {
    return () => evaluationOn(this.#gpu, this.networks.G, images);
  }

  get #parts(): StatefulParts {
    const { inputNc, outputNc, poolSize, dropout } = this.#options;
    const capacity = this.#micro.poolCapacity(poolSize);
    const { G, D } = this.networks;
    return {
      networks: this.weights,
      optimizers: {
        optimizer_G: { adam: this.#optimizerG.adam, scaler: this.#optimizerG.scaler, parameters: trainedNames({ G }) },
        optimizer_D: { adam: this.#optimizerD.adam, scaler: this.#optimizerD.scaler, parameters: trainedNames({ D }) },
      },
      pools: this.#micro.named(this.#own, ({ pool }) => ({ fake_AB_pool: { pool, capacity, channels: inputNc + outputNc } })),
      counters: dropout ? { dropout: this.#masks } : {},
      streams: this.#micro.named(this.#own, ({ gan }) => gan.streams),
    };
  }

  /** Releases all device memory. */
  dispose(): void {
    this.#newest.release();
    this.#optimizerG.dispose();
    this.#optimizerD.dispose();
    for (const network of Object.values(this.networks)) releaseModule(network);
    for (const { pool } of this.#own) pool.dispose();
  }
}

/** The training of a CycleGAN: two generators, two discriminators, and the step that trains them. */
import type { Batch } from "../../data/dataset.js";
import type { DType } from "../../dtype.js";
import type { ImageBatch } from "../../data/image.js";
import type { ProcessGroup } from "../../distributed/process-group.js";
import { frozen, noGrad } from "../../tensor/grad-mode.js";
import type { Gpu } from "../../gpu/gpu.js";
import { releaseModule, trainedTensors, type Module } from "../../nn/module.js";
import { add } from "../../ops/elementwise/add.js";
import { identityWeight } from "../../optim/schedule.js";
import type { Random } from "../../random.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { HeldOutImages, Model, StepTime } from "../model.js";
import { activationsOf } from "../parts/precision.js";
import { Averages } from "../parts/averages.js";
import { DiffAugment, parseAugmentations } from "../parts/diff-augment.js";
import { GanLoss } from "../parts/gan-loss.js";
import { at, joined, MicroBatches } from "../parts/micro-batches.js";
import { ImagePool } from "../parts/image-pool.js";
import { inOnePass, joinable } from "../parts/joined.js";
import { hideOutside, keepOutside, maskedL1Loss, realImages, type Real } from "../parts/mask.js";
import { NewestStep } from "../parts/newest-step.js";
import { Optimizer } from "../parts/optimizer.js";
import { StepScope } from "../parts/step-scope.js";
import { restoreState, takeState, trainedNames, type StatefulParts, type TrainerState } from "../parts/state.js";
import type { Network } from "../networks/build.js";
import { evaluationOn, type HeldOutMetrics } from "./evaluation.js";
import { buildAveragedGenerators, buildNetworks, type Networks } from "./networks.js";
import { show } from "./show.js";
import { checkOptions, lossNames, type CycleGANOptions, type LossName, type Losses, type VisualName } from "./options.js";

export type Visuals = Readonly<Partial<Record<VisualName, ImageBatch>>>;

/** One cycle: `real` → there → back. `way` is the weight of the cycle loss, and `stay` · λ_identity that of the identity loss. */
interface Cycle {
  readonly there: Module;
  readonly back: Module;
  readonly judge: Module;
  readonly real: Real;
  readonly other: Real;
  readonly way: number;
  readonly stay: number;
  readonly own: Own;
}

/** What the generators make of a micro-batch. */
interface Generated {
  readonly images: Readonly<Partial<Record<VisualName, Tensor>>> & { readonly fake_A: Tensor; readonly fake_B: Tensor };
  readonly losses: StepLosses;
}

type StepLosses = Readonly<Partial<Record<LossName, Tensor>>>;

/** What a micro-batch has for itself. */
interface Own {
  readonly gan: GanLoss;
  readonly fakeAPool: ImagePool;
  readonly fakeBPool: ImagePool;
  /** Undefined if nothing is augmented. */
  readonly augment: DiffAugment | undefined;
}

/** The real images of a micro-batch, and what belongs to it. */
interface Part {
  readonly realA: Real;
  readonly realB: Real;
  readonly own: Own;
}

/**
 * Trains two generators and two discriminators on unpaired images.
 *
 * Source: arXiv 1703.10593, sections 3 and 4; the order of a step is cycle_gan_model.py's optimize_parameters.
 */
export class CycleGANTrainer implements Model<"A" | "B"> {
  readonly networks: Networks;
  /** The generators that translate: the averages if there are any, otherwise those that are trained. */
  readonly generators: Pick<Networks, "G_A" | "G_B">;
  readonly #gpu: Gpu;
  readonly #options: CycleGANOptions;
  readonly #optimizerG: Optimizer;
  readonly #optimizerD: Optimizer;
  readonly #averages: Averages | undefined;
  readonly #micro: MicroBatches;
  /** By micro-batch of this process. */
  readonly #own: readonly Own[];
  readonly #newest: NewestStep<LossName>;
  /** How images and activations are stored. Weights, moments and sums are float32. */
  readonly #activations: DType;
  #identityWeight: number;
  /** Whether the step trains only the discriminators. */
  #warmsUp = false;

  /** Throws UsageError for an option outside its range. */
  constructor(gpu: Gpu, options: CycleGANOptions, random: Random, group?: ProcessGroup) {
    checkOptions(options);
    this.#gpu = gpu;
    this.#options = options;
    this.#activations = activationsOf(gpu, options.precision);
    this.#micro = new MicroBatches(options.microBatches ?? 1, group);
    this.#newest = new NewestStep(gpu, lossNames, [], group);
    this.#identityWeight = options.lambdaIdentity;
    this.networks = buildNetworks(gpu, options, random);
    const { G_A, G_B, D_A, D_B } = this.networks;
    const adam = { lr: options.lr, beta1: options.beta1 };
    this.#optimizerG = new Optimizer(gpu, [...trainedTensors(G_A), ...trainedTensors(G_B)], adam, this.#activations);
    this.#optimizerD = new Optimizer(gpu, [...trainedTensors(D_A), ...trainedTensors(D_B)], adam, this.#activations);
    this.generators = options.ema > 0 ? buildAveragedGenerators(gpu, options) : this.networks;
    if (options.ema > 0) {
      const averages = [this.generators.G_A, this.generators.G_B];
      this.#averages = new Averages(gpu, this.#optimizerG.adam, [G_A, G_B], averages, options.ema);
    }
    this.#own = this.#micro.each(random, (its) => this.#ownParts(its));
  }

  #ownParts(random: Random): Own {
    const augmentations = parseAugmentations(this.#options.diffaugment);
    const capacity = this.#micro.poolCapacity(this.#options.poolSize);
    const pool = (name: string): ImagePool => new ImagePool(capacity, random.stream(name), this.#activations);
    return {
      gan: new GanLoss(this.#options, random),
      fakeAPool: pool("fake_A pool"),
      fakeBPool: pool("fake_B pool"),
      augment: augmentations.length > 0 ? new DiffAugment(augmentations, random.stream("diffaugment")) : undefined,
    };
  }

  /**
   * Sets the learning rate of both optimizers, the weight of the identity losses, which falls to 0 over `identityEpochs`, and
   * whether the step is one of the `dWarmup` first. At a weight of 0, the passes of the identity losses are left out.
   */
  schedule({ step, epoch, lr }: StepTime): void {
    this.#optimizerG.lr = lr;
    this.#optimizerD.lr = lr;
    this.#identityWeight = identityWeight(this.#options, epoch);
    this.#warmsUp = step <= this.#options.dWarmup;
  }

  /**
   * One optimisation step: both generators, then both discriminators. During the warm-up it trains only the discriminators, on
   * the images of unchanged generators; its other losses are 0 and its other images absent.
   *
   * Shape: A [n, h, w, inputNc] and B [n, h, w, outputNc] in [−1, 1], h and w multiples of 4; if they have masks, inputNc is
   * outputNc. Resolves when the device has at most this step left to do; on a software adapter, when it has nothing left. Throws a
   * ShapeError for sizes that do not fit, and a NonFiniteError if the step before left NaN or infinity in a loss, gradient,
   * parameter or moment.
   */
  async step(batch: Batch<"A" | "B">): Promise<void> {
    this.#newest.release();
    {
      using scope = new StepScope(this.#gpu);
      const batches = this.#micro.split(batch);
      const parts = scope.run(() => batches.map(({ A, B }, place) => this.#load(A, B, place)));
      const generated = await this.#stepGenerators(scope, parts);
      const judged = await this.#stepDiscriminators(scope, parts, generated.map(({ images }) => images));
      const [part, images, masks] = [parts[0], generated[0]?.images, batches[0]];
      const real = { real_A: part?.realA.images, real_B: part?.realB.images };
      const losses = joined(generated.map((its) => its.losses), judged);
      this.#newest.keep(scope.held, { ...real, ...images }, losses, { real_A: masks?.A.mask, real_B: masks?.B.mask });
    }
    await this.#newest.submit({ "the generators": this.#optimizerG.nonFinite, "the discriminators": this.#optimizerD.nonFinite });
  }

  #load(A: ImageBatch, B: ImageBatch, place: number): Part {
    const [realA, realB] = [realImages(this.#gpu, A, "real_A", this.#activations), realImages(this.#gpu, B, "real_B", this.#activations)];
    return { realA, realB, own: at(this.#own, place) };
  }

  /**
   * Trains both generators to fool the discriminators, to find the way back, and to leave images of their target domain as they are.
   * During the warm-up they only translate.
   */
  async #stepGenerators(scope: StepScope, parts: readonly Part[]): Promise<readonly Generated[]> {
    if (this.#warmsUp) {
      this.#averages?.follow();
      return parts.map((part) => scope.run(() => this.#generate(part)));
    }
    const generated = await this.#optimizerG.accumulate(scope, this.#micro, "generators", (place) => this.#learn(at(parts, place)));
    scope.run(() => {
      this.#optimizerG.step();
      this.#averages?.update();
    });
    return generated;
  }

  /**
   * The gradients of both generators.
   *
   * The backward pass of one cycle ends before the other cycle runs, so that only the activations of one cycle are in memory.
   */
  #learn({ realA, realB, own }: Part): Generated {
    const { G_A, G_B, D_A, D_B } = this.networks;
    const { lambdaA, lambdaB } = this.#options;
    const B = this.#cycle({ there: G_B, back: G_A, judge: D_B, real: realB, other: realA, way: lambdaB, stay: lambdaA, own });
    const A = this.#cycle({ there: G_A, back: G_B, judge: D_A, real: realA, other: realB, way: lambdaA, stay: lambdaB, own });
    return {
      images: {
        fake_B: A.fake,
        rec_A: A.rec,
        fake_A: B.fake,
        rec_B: B.rec,
        ...(A.identity && { idt_A: A.identity.image }),
        ...(B.identity && { idt_B: B.identity.image }),
      },
      losses: {
        G_A: A.fooling,
        cycle_A: A.way,
        G_B: B.fooling,
        cycle_B: B.way,
        ...(A.identity && { idt_A: A.identity.loss }),
        ...(B.identity && { idt_B: B.identity.loss }),
      },
    };
  }

  /** Translates real images without training the generators. */
  #generate({ realA, realB }: Part): Generated {
    const { G_A, G_B } = this.networks;
    const translate = (network: Module, { images, mask }: Real): Tensor => keepOutside(network.forward(images), mask);
    return { images: noGrad(() => ({ fake_B: translate(G_A, realA), fake_A: translate(G_B, realB) })), losses: {} };
  }

  /**
   * `real` is translated by `there`, judged by `judge`, and translated `back`. `other`, which is in the target domain already,
   * should stay unchanged. Computes the gradients of all three losses.
   *
   * Pixels outside of a mask keep their value on each way. Otherwise a generator could hide there, where nobody looks, what the way
   * back needs.
   */
  #cycle({ there, back, judge, real, other, way: lambdaWay, stay, own }: Cycle) {
    const { mask } = real;
    const [made, same] = this.#identityWeight > 0 ? this.#both(there, real.images, other.images) : [there.forward(real.images)];
    const fake = keepOutside(made, mask);
    const rec = keepOutside(back.forward(fake), mask);
    const map = frozen(trainedTensors(judge), () => judge.forward(seen(hideOutside(fake, mask), own)));
    const fooling = own.gan.ofGenerator(map);
    const way = maskedL1Loss(rec, real.images, lambdaWay, mask);
    const identity = same && this.#identity(keepOutside(same, other.mask), other, stay);
    this.#optimizerG.backward(fooling, way, ...(identity ? [identity.loss] : []));
    return { fake, rec, fooling, way, identity };
  }

  /** The loss of an image that should have stayed as it was. */
  #identity(image: Tensor, { images, mask }: Real, stay: number) {
    return { image, loss: maskedL1Loss(image, images, stay * this.#identityWeight, mask) };
  }

  #joinable(a: Tensor, b: Tensor): boolean {
    return joinable(Object.values(this.networks), this.#options.norm, a, b);
  }

  /** The outputs of a network for two batches, computed in one pass if they can be joined. */
  #both(network: Module, a: Tensor, b: Tensor): readonly [Tensor, Tensor] {
    if (this.#joinable(a, b)) return inOnePass(a, b, (images) => network.forward(images));
    return [network.forward(a), network.forward(b)];
  }

  /** Trains both discriminators to tell real images from generated ones, some of them older. */
  async #stepDiscriminators(scope: StepScope, parts: readonly Part[], generated: readonly Generated["images"][]): Promise<readonly StepLosses[]> {
    const { D_A, D_B } = this.networks;
    const judged = await this.#optimizerD.accumulate(scope, this.#micro, "discriminators", (place) => {
      const { realA, realB, own } = at(parts, place);
      const { fake_A, fake_B } = at(generated, place);
      return {
        D_A: this.#discriminate(D_A, realB, own.fakeBPool.query(hideOutside(fake_B, realA.mask)), own),
        D_B: this.#discriminate(D_B, realA, own.fakeAPool.query(hideOutside(fake_A, realB.mask)), own),
      };
    });
    scope.run(() => this.#optimizerD.step());
    return judged;
  }

  #discriminate(discriminator: Network, { images, mask }: Real, fakeImages: Tensor, own: Own): Tensor {
    const [real, fake] = [seen(hideOutside(images, mask), own), seen(fakeImages, own)];
    const loss = own.gan.ofBoth(discriminator, real, fake, this.#joinable(real, fake));
    this.#optimizerD.backward(loss);
    const penalty = own.gan.penalty(discriminator, real, fake, 0.5);
    if (!penalty) return loss;
    this.#optimizerD.backward(penalty);
    return add(loss, penalty);
  }

  /**
   * The losses of the newest step with their weights; 0 for those left out. Waits for the device. Throws NonFiniteError as the
   * next `step` would.
   */
  losses(): Promise<Losses> {
    return this.#newest.losses();
  }

  /** The images of the newest step, without the identity images if their weight was 0. Waits for the device. */
  visuals(): Promise<Visuals> {
    return this.#newest.visuals();
  }

  show(images: Batch<"A" | "B">): Promise<Visuals> {
    return show(this.#gpu, this.generators, images, this.#options.lambdaIdentity > 0);
  }

  /**
   * Everything that `restore` needs to continue to the same bits: weights, moments and steps of both optimizers, both pools and
   * all random streams. It does not include what `schedule` sets, or the newest losses and images.
   *
   * Waits for the device. Make no step meanwhile. Throws NonFiniteError as the next `step` would.
   */
  async state(): Promise<TrainerState> {
    await this.#newest.losses();
    return takeState(this.#parts);
  }

  /**
   * Continues from a state of this trainer, or of another one with the same options.
   *
   * Throws a ShapeError, and changes nothing, if it was taken with other networks or larger pools.
   */
  restore(state: TrainerState): void {
    restoreState(this.#gpu, this.#parts, state);
    this.#newest.reset();
  }

  /** The networks whose weights are saved, by name: those that are trained, and the averages if there are any. */
  get weights(): Readonly<Record<string, Module>> {
    if (!this.#averages) return { ...this.networks };
    return { ...this.networks, G_A_ema: this.generators.G_A, G_B_ema: this.generators.G_B };
  }

  evaluation(images: HeldOutImages<"A" | "B">): () => Promise<HeldOutMetrics> {
    const evaluate = evaluationOn(this.#gpu, this.#options, images);
    return () => evaluate(this.generators);
  }

  get #parts(): StatefulParts {
    const { inputNc, outputNc, poolSize } = this.#options;
    const capacity = this.#micro.poolCapacity(poolSize);
    const { G_A, G_B, D_A, D_B } = this.networks;
    return {
      networks: this.weights,
      optimizers: {
        optimizer_G: { adam: this.#optimizerG.adam, scaler: this.#optimizerG.scaler, parameters: trainedNames({ G_A, G_B }) },
        optimizer_D: { adam: this.#optimizerD.adam, scaler: this.#optimizerD.scaler, parameters: trainedNames({ D_A, D_B }) },
      },
      pools: this.#micro.named(this.#own, ({ fakeAPool, fakeBPool }) => ({
        fake_A_pool: { pool: fakeAPool, capacity, channels: inputNc },
        fake_B_pool: { pool: fakeBPool, capacity, channels: outputNc },
      })),
      counters: this.#averages ? { ema: this.#averages } : {},
      streams: this.#micro.named(this.#own, ({ gan, augment }) => ({ ...gan.streams, ...(augment && { diffaugment: augment }) })),
    };
  }

  /** Releases all device memory. */
  dispose(): void {
    this.#newest.release();
    this.#averages?.dispose();
    this.#optimizerG.dispose();
    this.#optimizerD.dispose();
    for (const network of Object.values(this.networks)) releaseModule(network);
    for (const { fakeAPool, fakeBPool } of this.#own) {
      fakeAPool.dispose();
      fakeBPool.dispose();
    }
  }
}

/** Images as the discriminators see them. */
function seen(images: Tensor, { augment }: Own): Tensor {
  return augment ? augment.apply(images) : images;
}

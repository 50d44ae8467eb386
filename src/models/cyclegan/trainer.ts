import { backward } from "../../tensor/autograd.js";
import type { ImageBatch } from "../../data/image.js";
import { frozen, noGrad } from "../../tensor/grad-mode.js";
import type { Gpu } from "../../gpu/gpu.js";
import { releaseModule, trainedTensors, type Module } from "../../nn/module.js";
import { add } from "../../ops/add.js";
import { concat } from "../../ops/concat.js";
import { l1Loss } from "../../ops/l1-loss.js";
import { narrow } from "../../ops/narrow.js";
import { Adam } from "../../optim/adam.js";
import type { Random } from "../../random.js";
import { imageShape, sameShape } from "../../shape.js";
import { Tensor } from "../../tensor/tensor.js";
import { DiffAugment, parseAugmentations } from "../parts/diff-augment.js";
import { ganLoss } from "../parts/gan-loss.js";
import { GeneratorAverages } from "../parts/averages.js";
import { ImagePool } from "../parts/image-pool.js";
import { largestActivation } from "../networks/largest-activation.js";
import { buildNetworks, type Networks } from "./networks.js";
import { visualNames, type CycleGANOptions, type Losses, type VisualName } from "./options.js";
import { noLosses, outcomeOf, type StepLosses, type StepOutcome } from "../parts/step-outcome.js";
import { restoreState, takeState, type StatefulParts } from "../parts/take-state.js";
import { trainedNames, type TrainerState } from "../parts/state.js";

export type Visuals = Readonly<Partial<Record<VisualName, ImageBatch>>>;

/** One way round: `real` → there → back. `way` and `stay` weigh the cycle loss, and with λ_identity the identity loss. */
interface Cycle {
  readonly there: Module;
  readonly back: Module;
  readonly judge: Module;
  readonly real: Tensor;
  readonly other: Tensor;
  readonly way: number;
  readonly stay: number;
}

/** What a step trains: all four networks, or the discriminators alone, as before the fine-tuning of given generators. */
export type StepPart = "all" | "discriminators";

type StepImages = Partial<Record<VisualName, Tensor>>;

/**
 * Trains two generators and two discriminators on unpaired images.
 *
 * Source: arXiv 1703.10593, section 3 and 4; the order of a step is cycle_gan_model.py's optimize_parameters.
 */
export class CycleGANTrainer {
  readonly networks: Networks;
  readonly #gpu: Gpu;
  readonly #options: CycleGANOptions;
  readonly #optimizerG: Adam;
  readonly #optimizerD: Adam;
  readonly #fakeAPool: ImagePool;
  readonly #fakeBPool: ImagePool;
  /** Undefined where none are kept. */
  readonly #averages: GeneratorAverages | undefined;
  /** Undefined where nothing is augmented. */
  readonly #augment: DiffAugment | undefined;
  #identityWeight: number;
  #images: StepImages = {};
  #losses: StepLosses = {};
  /** What became of the step submitted last: its losses, or an error. */
  #outcome: Promise<StepOutcome> = Promise.resolve({ losses: noLosses });

  constructor(gpu: Gpu, options: CycleGANOptions, random: Random) {
    this.#gpu = gpu;
    this.#options = options;
    this.#identityWeight = options.lambdaIdentity;
    const augmentations = parseAugmentations(options.diffaugment);
    if (augmentations.length > 0) this.#augment = new DiffAugment(augmentations, random.stream("diffaugment"));
    this.networks = buildNetworks(gpu, options, random);
    const { G_A, G_B, D_A, D_B } = this.networks;
    const adam = { lr: options.lr, beta1: options.beta1 };
    this.#optimizerG = new Adam(gpu, [...trainedTensors(G_A), ...trainedTensors(G_B)], adam);
    this.#optimizerD = new Adam(gpu, [...trainedTensors(D_A), ...trainedTensors(D_B)], adam);
    if (options.ema > 0) this.#averages = new GeneratorAverages(gpu, options, this.networks, this.#optimizerG);
    this.#fakeAPool = new ImagePool(options.poolSize, random.stream("fake_A pool"));
    this.#fakeBPool = new ImagePool(options.poolSize, random.stream("fake_B pool"));
  }

  setLearningRate(lr: number): void {
    this.#optimizerG.lr = lr;
    this.#optimizerD.lr = lr;
  }

  /** The weight of the identity losses from the next step on, at first `lambdaIdentity`; 0 leaves their passes out. */
  setIdentityWeight(weight: number): void {
    this.#identityWeight = weight;
  }

  /**
   * One optimisation step: both generators, then both discriminators; with `part` "discriminators" those alone, on what
   * the generators make as they are. Losses and images that such a step does not have are 0 and absent.
   *
   * Shape: realA [n, h, w, inputNc] and realB [n, h, w, outputNc] in [−1, 1], h and w multiples of 4. Resolves when the
   * device has at most this step left to do, so that steps do not pile up; on a software adapter, when it has nothing left.
   * Throws ShapeError for sizes that do not fit, and NonFiniteError when the step before left NaN or infinity in a loss,
   * gradient, parameter or moment.
   */
  async step(realA: ImageBatch, realB: ImageBatch, part: StepPart = "all"): Promise<void> {
    this.#releaseNewest();
    {
      using scope = this.#gpu.scope("training step");
      const real_A = Tensor.from(this.#gpu, realA.shape, realA.data, "real_A");
      const real_B = Tensor.from(this.#gpu, realB.shape, realB.data, "real_B");
      const generated = part === "all" ? this.#stepGenerators(real_A, real_B) : this.#generate(real_A, real_B);
      if (part === "all") this.#averages?.update();
      else this.#averages?.follow();
      const images: StepImages = { real_A, real_B, ...generated.images };
      const losses: StepLosses = { ...generated.losses, ...this.#stepDiscriminators(real_A, real_B, generated.images) };
      for (const tensor of [...Object.values(images), ...Object.values(losses)]) scope.keep(tensor);
      this.#images = images;
      this.#losses = losses;
    }
    const previous = this.#outcome;
    const flags = { "the generators": this.#optimizerG.nonFinite, "the discriminators": this.#optimizerD.nonFinite };
    this.#outcome = outcomeOf(this.#gpu, this.#losses, flags);
    // A software adapter computes on the cores that would record the next step meanwhile.
    if (this.#gpu.isCpu) await this.#outcome;
    lossesIn(await previous);
  }

  /**
   * Teaches both generators to leave their own domain alone, to fool the discriminators, and to find the way back.
   *
   * The losses of one cycle go backward before the other cycle is run, so that its activations alone are held.
   */
  #stepGenerators(real_A: Tensor, real_B: Tensor) {
    const { G_A, G_B, D_A, D_B } = this.networks;
    const { lambdaA, lambdaB } = this.#options;
    this.#optimizerG.zeroGrad();
    const B = this.#cycle({ there: G_B, back: G_A, judge: D_B, real: real_B, other: real_A, way: lambdaB, stay: lambdaA });
    const A = this.#cycle({ there: G_A, back: G_B, judge: D_A, real: real_A, other: real_B, way: lambdaA, stay: lambdaB });
    this.#optimizerG.step();
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

  /** What the generators make of real images, without learning from it. */
  #generate(real_A: Tensor, real_B: Tensor) {
    const { G_A, G_B } = this.networks;
    return { images: noGrad(() => ({ fake_B: G_A.forward(real_A), fake_A: G_B.forward(real_B) })), losses: {} };
  }

  /**
   * `real` goes `there`, where `judge` looks at it, and `back`; `other`, which is of that domain already, should stay as it
   * is. Takes the gradients of all three losses.
   */
  #cycle({ there, back, judge, real, other, way: lambdaWay, stay }: Cycle) {
    const { ganMode } = this.#options;
    const [fake, image] = this.#identityWeight > 0 ? this.#both(there, real, other) : [there.forward(real)];
    const rec = back.forward(fake);
    const map = frozen(trainedTensors(judge), () => judge.forward(this.#seen(fake)));
    const fooling = ganLoss(ganMode, map, "real");
    const way = l1Loss(rec, real, lambdaWay);
    const identity = image && { image, loss: l1Loss(image, other, stay * this.#identityWeight) };
    backward(fooling, way, ...(identity ? [identity.loss] : []));
    return { fake, rec, fooling, way, identity };
  }

  /** Whether two batches may pass as one: of one size, images kept apart by the norm, all activations bound at once. */
  #joinable(a: Tensor, b: Tensor): boolean {
    if (this.#options.norm === "batch" || !sameShape(a.shape, b.shape)) return false;
    const { maxBufferSize, maxStorageBufferBindingSize } = this.#gpu.device.limits;
    return 2 * largestActivation(this.#options, a.shape) <= Math.min(maxBufferSize, maxStorageBufferBindingSize);
  }

  /** What a network makes of two batches, in one pass where that may be. */
  #both(network: Module, a: Tensor, b: Tensor): readonly [Tensor, Tensor] {
    if (!this.#joinable(a, b)) return [network.forward(a), network.forward(b)];
    const [n = 1] = a.shape;
    const y = network.forward(concat(a, b, 0));
    return [narrow(y, 0, 0, n), narrow(y, 0, n, n)];
  }

  /** Teaches both discriminators to tell real images from generated ones, some of them older. */
  #stepDiscriminators(real_A: Tensor, real_B: Tensor, { fake_A, fake_B }: { fake_A: Tensor; fake_B: Tensor }): StepLosses {
    const { D_A, D_B } = this.networks;
    this.#optimizerD.zeroGrad();
    const losses = {
      D_A: this.#discriminate(D_A, real_B, this.#fakeBPool.query(fake_B)),
      D_B: this.#discriminate(D_B, real_A, this.#fakeAPool.query(fake_A)),
    };
    this.#optimizerD.step();
    return losses;
  }

  #discriminate(discriminator: Module, realImages: Tensor, fakeImages: Tensor): Tensor {
    const loss = this.#misjudged(discriminator, this.#seen(realImages), this.#seen(fakeImages));
    backward(loss);
    return loss;
  }

  /** ½ · (the loss of real images called fake + that of fake ones called real), which is the mean over one batch of both. */
  #misjudged(discriminator: Module, real: Tensor, fake: Tensor): Tensor {
    const { ganMode } = this.#options;
    if (this.#joinable(real, fake)) return ganLoss(ganMode, discriminator.forward(concat(real, fake, 0)), "real, fake");
    const ofReal = ganLoss(ganMode, discriminator.forward(real), "real", 0.5);
    return add(ofReal, ganLoss(ganMode, discriminator.forward(fake), "fake", 0.5));
  }

  /** Images as the discriminators see them. */
  #seen(images: Tensor): Tensor {
    return this.#augment ? this.#augment.apply(images) : images;
  }

  /**
   * The losses of the newest step, weighted as they are summed; 0 for those left out. Waits for the device. Throws
   * NonFiniteError as the next `step` would.
   */
  async losses(): Promise<Losses> {
    return lossesIn(await this.#outcome);
  }

  /** The images of the newest step; without the identity images where λ_identity was 0. Waits for the device. */
  async visuals(): Promise<Visuals> {
    const visuals: { -readonly [K in VisualName]?: ImageBatch } = {};
    for (const name of visualNames) {
      const tensor = this.#images[name];
      if (tensor) visuals[name] = { shape: imageShape("visuals", name, tensor.shape), data: await tensor.data() };
    }
    return visuals;
  }

  /**
   * All that `restore` needs to go on from here to the same bits: weights, moments and steps of both optimizers, both
   * pools and all random streams. Not the learning rate and the weight of the identity losses, which are set, nor the newest losses and images.
   *
   * Waits for the device; no step may be made meanwhile. Throws NonFiniteError as the next `step` would.
   */
  async state(): Promise<TrainerState> {
    lossesIn(await this.#outcome);
    return takeState(this.#parts);
  }

  /**
   * Goes on from a state, of this trainer or of another with the same options.
   *
   * Throws ShapeError, and changes nothing, when it was taken with other networks or larger pools.
   */
  restore(state: TrainerState): void {
    restoreState(this.#gpu, this.#parts, state);
    this.#releaseNewest();
    this.#outcome = Promise.resolve({ losses: noLosses });
  }

  /** The networks that a training keeps, by name: those that are trained, and averages where there are some. */
  get weights(): Readonly<Record<string, Module>> {
    if (!this.#averages) return { ...this.networks };
    const { G_A_ema, G_B_ema } = this.#averages;
    return { ...this.networks, G_A_ema, G_B_ema };
  }

  /** The generators to translate with: the averages, or where there are none those that are trained. */
  get generators(): Pick<Networks, "G_A" | "G_B"> {
    return this.#averages ? { G_A: this.#averages.G_A_ema, G_B: this.#averages.G_B_ema } : this.networks;
  }

  get #parts(): StatefulParts {
    const { inputNc, outputNc, poolSize: capacity } = this.#options;
    const { G_A, G_B, D_A, D_B } = this.networks;
    return {
      networks: this.weights,
      optimizers: {
        optimizer_G: { adam: this.#optimizerG, parameters: trainedNames({ G_A, G_B }) },
        optimizer_D: { adam: this.#optimizerD, parameters: trainedNames({ D_A, D_B }) },
      },
      pools: {
        fake_A_pool: { pool: this.#fakeAPool, capacity, channels: inputNc },
        fake_B_pool: { pool: this.#fakeBPool, capacity, channels: outputNc },
      },
      averages: this.#averages,
      augment: this.#augment,
    };
  }

  /** Gives all device memory back. */
  dispose(): void {
    this.#releaseNewest();
    this.#averages?.dispose();
    this.#optimizerG.dispose();
    this.#optimizerD.dispose();
    const { G_A, G_B, D_A, D_B } = this.networks;
    for (const network of [G_A, G_B, D_A, D_B]) releaseModule(network);
    this.#fakeAPool.dispose();
    this.#fakeBPool.dispose();
  }

  #releaseNewest(): void {
    for (const tensor of [...Object.values(this.#images), ...Object.values(this.#losses)]) tensor.release();
    this.#images = {};
    this.#losses = {};
  }
}

function lossesIn(outcome: StepOutcome): Losses {
  if ("failure" in outcome) throw outcome.failure;
  return outcome.losses;
}

/** The training of CUT: a generator, a discriminator and projection heads, and the step that trains them. */
import type { Batch } from "../../data/dataset.js";
import type { ImageBatch } from "../../data/image.js";
import type { ProcessGroup } from "../../distributed/process-group.js";
import type { DType } from "../../dtype.js";
import type { Gpu } from "../../gpu/gpu.js";
import { asLibrarySync } from "../../library-words.js";
import { releaseModule, trainedTensors, type ParameterSet } from "../../nn/module.js";
import { add } from "../../ops/elementwise/add.js";
import { cast } from "../../ops/elementwise/cast.js";
import { scale } from "../../ops/elementwise/scale.js";
import { reflectionPad2d } from "../../ops/image/reflection-pad2d.js";
import { gatherPixels } from "../../ops/shape/gather-pixels.js";
import type { Random } from "../../random.js";
import { imageShape } from "../../shape.js";
import { frozen, noGrad } from "../../tensor/grad-mode.js";
import { Tensor } from "../../tensor/tensor.js";
import type { HeldOutImages, Model, StepTime, Visuals } from "../model.js";
import { GanLoss } from "../parts/gan-loss.js";
import { inOnePass, joinable } from "../parts/joined.js";
import { at, joined, MicroBatches } from "../parts/micro-batches.js";
import { NewestStep } from "../parts/newest-step.js";
import { Optimizer } from "../parts/optimizer.js";
import { activationsOf } from "../parts/precision.js";
import { readImages, translated } from "../parts/round-trip.js";
import { StepScope } from "../parts/step-scope.js";
import { restoreState, takeState, trainedNames, type StatefulParts, type TrainerState } from "../parts/state.js";
import { evaluationOn, type HeldOutMetrics } from "./evaluation.js";
import { buildNetworks, padTap, tapsOf, type Networks } from "./networks.js";
import { checkOptions, lossNames, type CutOptions, type LossName } from "./options.js";
import { patchNceLoss } from "./patch-nce.js";
import { mirrored, mirroredPlaces, PatchSampler } from "./patches.js";

type StepLosses = Readonly<Partial<Record<LossName | "D_gp", Tensor>>>;

/** The padding of the generator's first layer, in pixels. */
const PADDING = 3;

/** What a micro-batch has for itself. */
interface Own {
  readonly gan: GanLoss;
  readonly patches: PatchSampler;
}

/** The images of a micro-batch, on the host and on the device. */
interface Part {
  readonly batch: Batch<"A" | "B">;
  readonly real_A: Tensor;
  readonly real_B: Tensor;
  /** Whether the generator sees them mirrored. */
  readonly mirrors: boolean;
  readonly own: Own;
}

/** Images of a side, and what the generator makes of them. */
interface Translated {
  /** The images as they are. */
  readonly real: Tensor;
  /** The images that are translated: mirrored, or `real` itself. */
  readonly seen: Tensor;
  readonly fake: Tensor;
  /** The features of `seen` in the pass that made `fake`, by tap. */
  readonly features: ReadonlyMap<string, Tensor>;
}

type Judged = { readonly A: Translated; readonly losses: StepLosses };

/**
 * Trains a generator on unpaired images: to deceive a discriminator, and to keep what each place of an image shows, so that its
 * features there are found again among those of other places.
 *
 * Source: arXiv 2007.15651, section 3; the order of a step is cut_model.py's optimize_parameters.
 */
export class CutTrainer implements Model<"A" | "B"> {
  readonly networks: Networks;
  readonly #gpu: Gpu;
  readonly #options: CutOptions;
  /** Of the generator and of the heads. Adam treats each parameter separately, so one is the same as two. */
  readonly #optimizerG: Optimizer;
  readonly #optimizerD: Optimizer;
  readonly #micro: MicroBatches;
  /** By micro-batch of this process. */
  readonly #own: readonly Own[];
  readonly #newest: NewestStep<LossName>;
  /** The names of the layers whose features are compared. */
  readonly #taps: readonly string[];
  /** How images and activations are stored. Weights, moments, sums and projections are float32. */
  readonly #activations: DType;

  /** Throws UsageError for an option outside its range. */
  constructor(gpu: Gpu, options: CutOptions, random: Random, group?: ProcessGroup) {
    checkOptions(options);
    this.#gpu = gpu;
    this.#options = options;
    this.#activations = activationsOf(gpu, options.precision);
    this.#micro = new MicroBatches(options.microBatches ?? 1, group);
    this.#newest = new NewestStep(gpu, lossNames, options.ganMode === "wgangp" ? ["D_gp"] : [], group);
    this.#taps = asLibrarySync(tapsOf)(options).map(({ name }) => name);
    this.networks = buildNetworks(gpu, options, random);
    const { G, D, F } = this.networks;
    const adam = { lr: options.lr, beta1: options.beta1 };
    this.#optimizerG = new Optimizer(gpu, [...trainedTensors(G), ...trainedTensors(F)], adam, this.#activations);
    this.#optimizerD = new Optimizer(gpu, trainedTensors(D), adam, this.#activations);
    this.#own = this.#micro.each(random, (its) => ({
      gan: new GanLoss(options, its),
      patches: new PatchSampler(options.numPatches, its.stream("patches")),
    }));
  }

  /** Sets the learning rate of both optimizers. */
  schedule({ lr }: StepTime): void {
    this.#optimizerG.lr = lr;
    this.#optimizerD.lr = lr;
  }

  /**
   * One optimisation step: the discriminator, then the generator with the projection heads.
   *
   * Shape: A and B [n, h, w, inputNc] in [−1, 1], h and w multiples of 4. Resolves when the device has at most this step left to do;
   * on a software adapter, when it has nothing left. Throws a ShapeError for sizes that do not fit, and a NonFiniteError if the
   * step before left NaN or infinity in a loss, gradient, parameter or moment.
   */
  async step(batch: Batch<"A" | "B">): Promise<void> {
    this.#newest.release();
    {
      using scope = new StepScope(this.#gpu);
      const parts = scope.run(() => this.#micro.split(batch).map((its, place) => this.#load(its, place)));
      const judged = await this.#stepDiscriminator(scope, parts);
      const made = await this.#stepGenerator(scope, parts, judged);
      const images = { real_A: parts[0]?.real_A, fake_B: judged[0]?.A.fake, real_B: parts[0]?.real_B, idt_B: made[0]?.idt_B };
      this.#newest.keep(scope.held, images, joined(judged.map(({ losses }) => losses), made.map(({ losses }) => losses)));
    }
    await this.#newest.submit({ "the generator": this.#optimizerG.nonFinite, "the discriminator": this.#optimizerD.nonFinite });
  }

  #load(batch: Batch<"A" | "B">, place: number): Part {
    const own = at(this.#own, place);
    const mirrors = this.#options.flipEquivariance && own.patches.mirrors();
    return { batch, real_A: this.#upload(batch.A, "real_A"), real_B: this.#upload(batch.B, "real_B"), mirrors, own };
  }

  #upload({ shape, data }: ImageBatch, label: string): Tensor {
    return Tensor.from(this.#gpu, shape, data, label, this.#activations);
  }

  /** One pass gives the translation, and the features that the contrastive loss compares with those of the translation. */
  #translate(side: "A" | "B", { batch, mirrors, ...part }: Part): Translated {
    const { G } = this.networks;
    const real = part[`real_${side}`];
    const seen = mirrors ? this.#upload(mirrored(batch[side]), "mirrored images") : real;
    const output = G.layerNames.at(-1) ?? "";
    const features = G.activations(seen, [...this.#inner, output]);
    const fake = features.get(output);
    if (!fake) throw new RangeError("the last layer is among the activations");
    return { real, seen, fake, features };
  }

  /** The taps that are layers of the built network. */
  get #inner(): readonly string[] {
    return this.#taps.filter((name) => name !== padTap);
  }

  /**
   * Trains the discriminator to tell real images of B from translations. A single translation keeps its graph for the generator;
   * several would fill the memory, and are made again.
   */
  async #stepDiscriminator(scope: StepScope, parts: readonly Part[]): Promise<readonly Judged[]> {
    const judged = await this.#optimizerD.accumulate(scope, this.#micro, "discriminator", (place) => {
      const part = at(parts, place);
      const A = this.#micro.ownsOne ? this.#translate("A", part) : withoutFeatures(noGrad(() => this.#translate("A", part)));
      return { A, losses: this.#judge(part, A.fake.detach()) };
    });
    scope.run(() => this.#optimizerD.step());
    return judged;
  }

  #judge({ real_B, own }: Part, fake: Tensor): StepLosses {
    const { D } = this.networks;
    const { norm } = this.#options;
    const [ofReal, ofFake] = own.gan.joins && joinable([D], norm, real_B, fake)
      ? inOnePass(real_B, fake, (images) => D.forward(images))
      : [D.forward(real_B), D.forward(fake)];
    const D_real = own.gan.ofDiscriminator(ofReal, "real");
    const D_fake = own.gan.ofDiscriminator(ofFake, "fake");
    this.#optimizerD.backward(scale(add(D_fake, D_real), 0.5));
    const D_gp = own.gan.penalty(D, real_B, fake, 0.5);
    if (D_gp) this.#optimizerD.backward(D_gp);
    return { D_real, D_fake, ...(D_gp && { D_gp }) };
  }

  /** Trains the generator and the projection heads. */
  async #stepGenerator(scope: StepScope, parts: readonly Part[], judged: readonly Judged[]) {
    const { nceIdt, lambdaNce } = this.#options;
    const made = await this.#optimizerG.accumulate(scope, this.#micro, "generator", (place) => {
      const part = at(parts, place);
      const losses = this.#learnFromA(part, this.#micro.ownsOne ? at(judged, place).A : this.#translate("A", part));
      if (!nceIdt || lambdaNce === 0) return { losses };
      const B = this.#translate("B", part);
      const NCE_Y = this.#learnFromB(part, B);
      return { losses: { ...losses, G: add(losses.G, scale(NCE_Y, 0.5)), NCE_Y }, idt_B: B.fake };
    });
    scope.run(() => this.#optimizerG.step());
    return made;
  }

  /**
   * The gradients of the losses of translations: they should deceive the discriminator and keep the content of their images. The
   * backward pass ends before images of B pass, so that only the activations of one side are in memory.
   */
  #learnFromA(part: Part, A: Translated) {
    const { D } = this.networks;
    const { lambdaGan, lambdaNce, nceIdt } = this.#options;
    const map = lambdaGan > 0 ? frozen(trainedTensors(D), () => D.forward(A.fake)) : undefined;
    const G_GAN = map && scale(part.own.gan.ofGenerator(map), lambdaGan);
    const NCE = lambdaNce > 0 ? this.#contrast(A, part) : undefined;
    const share = NCE && nceIdt ? scale(NCE, 0.5) : NCE;
    const G = G_GAN && share ? add(G_GAN, share) : (G_GAN ?? share);
    if (!G) throw new RangeError("one of the weights is above 0");
    this.#optimizerG.backward(G);
    return { G, ...(G_GAN && { G_GAN }), ...(NCE && { NCE }) };
  }

  /** The gradients of the identity loss: images of B should keep their content. */
  #learnFromB(part: Part, B: Translated): Tensor {
    const NCE_Y = this.#contrast(B, part);
    this.#optimizerG.backward(scale(NCE_Y, 0.5));
    return NCE_Y;
  }

  /** The contrastive loss of images and their translations, with its weight: the mean over the taps. */
  #contrast({ real, seen, fake, features }: Translated, { mirrors, own }: Part): Tensor {
    const { G, F } = this.networks;
    const { lambdaNce, nceT } = this.#options;
    const queries = G.activations(fake, this.#inner);
    const keys = seen === real ? features : noGrad(() => G.activations(real, this.#inner));
    const losses = this.#taps.map((name, index) => {
      const [q, k] = [queries.get(name) ?? reflectionPad2d(fake, PADDING), keys.get(name) ?? reflectionPad2d(real, PADDING)];
      const [, height, width] = imageShape("CUT", name, q.shape);
      const places = own.patches.places(height, width);
      const project = (map: Tensor, at: readonly number[]): Tensor => F.project(index, cast(gatherPixels(map, at), "float32"));
      const query = project(q, mirrors ? mirroredPlaces(places, width) : places);
      return patchNceLoss(query, noGrad(() => project(k, places)), nceT);
    });
    return scale(losses.reduce((sum, loss) => add(sum, loss)), lambdaNce / losses.length);
  }

  /** The losses of the newest step. Waits for the device. Throws NonFiniteError as the next `step` would. */
  losses(): Promise<Readonly<Record<LossName, number>>> {
    return this.#newest.losses();
  }

  /** The images of the newest step; half of the translations are mirrored with `flipEquivariance`. Waits for the device. */
  visuals(): Promise<Visuals> {
    return this.#newest.visuals();
  }

  /** The translations as in use. */
  async show({ A, B }: Batch<"A" | "B">): Promise<Visuals> {
    const translate = async (batch: ImageBatch): Promise<ImageBatch> => {
      using fake = this.#translated(batch);
      return readImages(fake);
    };
    const fake_B = await translate(A);
    return { real_A: A, fake_B, real_B: B, ...(this.#options.nceIdt && { idt_B: await translate(B) }) };
  }

  #translated({ shape, data }: ImageBatch): Tensor {
    using scope = this.#gpu.scope("sample");
    return scope.keep(translated(this.#gpu, this.networks.G, Tensor.from(this.#gpu, shape, data, "image")));
  }

  get weights(): Readonly<Record<"G" | "D" | "F", ParameterSet>> {
    return { ...this.networks };
  }

  /** As in the contract. The streams include that of the places. */
  async state(): Promise<TrainerState> {
    await this.#newest.losses();
    return takeState(this.#parts);
  }

  restore(state: TrainerState): void {
    restoreState(this.#gpu, this.#parts, state);
    this.#newest.reset();
  }

  evaluation(images: HeldOutImages<"A" | "B">): () => Promise<HeldOutMetrics> {
    return evaluationOn(this.#gpu, this.networks.G, images);
  }

  get #parts(): StatefulParts {
    const { G, D, F } = this.networks;
    return {
      networks: this.weights,
      optimizers: {
        optimizer_G: { adam: this.#optimizerG.adam, scaler: this.#optimizerG.scaler, parameters: trainedNames({ G, F }) },
        optimizer_D: { adam: this.#optimizerD.adam, scaler: this.#optimizerD.scaler, parameters: trainedNames({ D }) },
      },
      streams: this.#micro.named(this.#own, ({ gan, patches }) => ({ patches, ...gan.streams })),
    };
  }

  /** Releases all device memory. */
  dispose(): void {
    this.#newest.release();
    this.#optimizerG.dispose();
    this.#optimizerD.dispose();
    for (const network of Object.values<ParameterSet>(this.weights)) releaseModule(network);
  }
}

/** A translation whose features are no longer needed. */
function withoutFeatures(translated: Translated): Translated {
  return { ...translated, features: new Map() };
}

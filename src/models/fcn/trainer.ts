/** The training of the FCN: a network, an optimizer, and the step that trains it. */
import type { Batch } from "../../data/dataset.js";
import type { ImageBatch } from "../../data/image.js";
import { batchToLabels, labelsInColor, scoresToLabels } from "../../data/label-batch.js";
import { IGNORED, paletteOf, type Color } from "../../data/label-classes.js";
import { batchToImages } from "../../data/transform.js";
import type { DType } from "../../dtype.js";
import type { Gpu } from "../../gpu/gpu.js";
import { ConfusionMatrix, requireEqualSizes, type SegmentationFigures } from "../../metrics/confusion.js";
import { releaseModule, trainedTensors } from "../../nn/module.js";
import { crossEntropyLoss } from "../../ops/losses/cross-entropy-loss.js";
import type { Random } from "../../random.js";
import { Tensor } from "../../tensor/tensor.js";
import type { HeldOutImages, Model, StepTime, Visuals } from "../model.js";
import type { Generator } from "../networks/generator.js";
import { NewestStep } from "../parts/newest-step.js";
import { Optimizer } from "../parts/optimizer.js";
import { activationsOf } from "../parts/precision.js";
import { restoreState, takeState, trainedNames, type StatefulParts, type TrainerState } from "../parts/state.js";
import { translateImages } from "../tiling/translate-image.js";
import { buildFcn, classesOf } from "./network.js";
import { lossNames, type FcnOptions, type LossName } from "./options.js";

/** Trains an FCN to give every pixel its class. Source: arXiv 1411.4038; Adam in place of its SGD. */
export class FcnTrainer implements Model<"A" | "B"> {
  readonly network: Generator;
  readonly #gpu: Gpu;
  readonly #optimizer: Optimizer;
  readonly #newest: NewestStep<LossName>;
  readonly #palette: readonly Color[];
  readonly #classes: number;
  /** How images and activations are stored. Weights, moments and sums are float32. */
  readonly #activations: DType;
  /** The labels of the newest step. */
  #labels: ImageBatch | undefined;

  constructor(gpu: Gpu, options: FcnOptions, random: Random) {
    this.#gpu = gpu;
    this.#activations = activationsOf(gpu, options.precision);
    this.#newest = new NewestStep(gpu, lossNames);
    const classes = classesOf(options);
    this.#palette = paletteOf(classes);
    this.#classes = classes.names.length;
    this.network = buildFcn(gpu, options, random);
    this.#optimizer = new Optimizer(gpu, trainedTensors(this.network), { lr: options.lr, beta1: options.beta1 }, this.#activations);
  }

  schedule({ lr }: StepTime): void {
    this.#optimizer.lr = lr;
  }

  /**
   * One optimisation step.
   *
   * Shape: images A [n, h, w, inputNc] in [−1, 1], labels B [n, h, w, 1] of class numbers, 255 for pixels that count nowhere; h and w
   * multiples of 32. Resolves and throws as in the contract; a ShapeError for other sizes or labels.
   */
  async step({ A, B }: Batch<"A" | "B">): Promise<void> {
    this.#newest.release();
    this.#labels = B;
    {
      using scope = this.#gpu.scope("training step");
      const image = Tensor.from(this.#gpu, A.shape, A.data, "image", this.#activations);
      const scores = this.network.forward(image);
      const cross_entropy = crossEntropyLoss(scores, B.data, { ignoreIndex: IGNORED });
      this.#optimizer.zeroGrad();
      this.#optimizer.backward(cross_entropy);
      this.#optimizer.step();
      this.#newest.keep(scope, { image, scores }, { cross_entropy });
    }
    await this.#newest.submit({ "the network": this.#optimizer.nonFinite });
  }

  /** The loss of the newest step. Waits for the device. Throws NonFiniteError as the next `step` would. */
  losses(): Promise<Readonly<Record<LossName, number>>> {
    return this.#newest.losses();
  }

  /** The images of the newest step; predictions and labels in the colours of the classes. Waits for the device. */
  async visuals(): Promise<Visuals> {
    const { image, scores } = await this.#newest.visuals();
    if (!image || !scores || !this.#labels) return {};
    return this.#inColor(image, scoresToLabels(scores), this.#labels);
  }

  async show({ A, B }: Batch<"A" | "B">): Promise<Visuals> {
    return this.#inColor(A, await translateImages(this.#gpu, this.network, batchToImages(A)), B);
  }

  #inColor(image: ImageBatch, predictions: Parameters<typeof labelsInColor>[0], labels: ImageBatch): Visuals {
    return { image, prediction: labelsInColor(predictions, this.#palette), label: labelsInColor(batchToLabels(labels), this.#palette) };
  }

  get weights(): Readonly<Record<"FCN", Generator>> {
    return { FCN: this.network };
  }

  async state(): Promise<TrainerState> {
    await this.#newest.losses();
    return takeState(this.#parts);
  }

  restore(state: TrainerState): void {
    restoreState(this.#gpu, this.#parts, state);
    this.#newest.reset();
  }

  /**
   * Predicts the classes of test images, each by itself, and compares them with their labels. Throws a DataError at once for labels of
   * another size than their image.
   */
  evaluation({ A, B }: HeldOutImages<"A" | "B">): () => Promise<SegmentationFigures> {
    for (const [index, label] of B.entries()) requireEqualSizes(`test image ${index + 1}`, A[index], label);
    return async () => {
      const matrix = new ConfusionMatrix(this.#classes);
      for (const [index, label] of B.entries()) {
        const image = A[index];
        const [predicted] = image ? await translateImages(this.#gpu, this.network, [image]) : [];
        if (predicted) matrix.add(label, predicted);
      }
      return matrix.figures();
    };
  }

  get #parts(): StatefulParts {
    return {
      networks: this.weights,
      optimizers: {
        optimizer: { adam: this.#optimizer.adam, scaler: this.#optimizer.scaler, parameters: trainedNames(this.weights) },
      },
    };
  }

  dispose(): void {
    this.#newest.release();
    this.#optimizer.dispose();
    releaseModule(this.network);
  }
}

/** The figures of a segmentation, from its confusion matrix. */
import { IGNORED } from "../data/label-classes.js";
import { DataError } from "../errors.js";
import type { Image } from "../data/image.js";

/** A type rather than an interface, so that it is a `Metrics`. All are between 0 and 1; higher is better. */
export type SegmentationFigures = {
  /** Σ n_ii / Σ n_ij: the part of the pixels whose class is right. */
  readonly pixelAccuracy: number;
  /** The mean over the classes of n_ii / t_i, the right part of a class's pixels. */
  readonly meanAccuracy: number;
  /** The mean over the classes of n_ii / (t_i + Σ n_ji − n_ii): intersection over union. */
  readonly meanIoU: number;
  /** The same mean, weighted by t_i. */
  readonly frequencyWeightedIoU: number;
};

/** Throws a DataError, with the name of the place, unless labels have the size of their image. */
export function requireEqualSizes(where: string, image: Image | undefined, labels: Image): void {
  if (!image || (labels.width === image.width && labels.height === image.height)) return;
  const size = ({ width, height }: Image): string => `${width}×${height}`;
  throw new DataError(`${where}: expected labels of ${size(image)} pixels, the size of the image, got ${size(labels)}. Resize one of the two.`);
}

/** Counts pixels by their label and their prediction. */
export class ConfusionMatrix {
  readonly classes: number;
  /** Row by row: n_ij pixels of class i were predicted to be j. */
  readonly counts: Float64Array;

  constructor(classes: number) {
    this.classes = classes;
    this.counts = new Float64Array(classes * classes);
  }

  /** Adds the pixels of an image, without those labelled 255. Throws a DataError for images of different sizes. */
  add(labels: Image, predictions: Image): void {
    requireEqualSizes("confusion matrix", predictions, labels);
    for (const [pixel, label] of labels.data.entries()) {
      if (label === IGNORED) continue;
      const cell = label * this.classes + (predictions.data[pixel] ?? 0);
      this.counts[cell] = (this.counts[cell] ?? 0) + 1;
    }
  }

  /** t_i, the pixels of a class; Σ_j n_ji, those predicted to be; n_ii, those that are both. */
  #of(label: number): { readonly labelled: number; readonly predicted: number; readonly right: number } {
    let [labelled, predicted] = [0, 0];
    for (let other = 0; other < this.classes; other++) {
      labelled += this.counts[label * this.classes + other] ?? 0;
      predicted += this.counts[other * this.classes + label] ?? 0;
    }
    return { labelled, predicted, right: this.counts[label * (this.classes + 1)] ?? 0 };
  }

  /** Intersection over union of each class; undefined for a class that is neither labelled nor predicted. */
  classIoU(): (number | undefined)[] {
    return Array.from({ length: this.classes }, (_, label) => {
      const { labelled, predicted, right } = this.#of(label);
      const union = labelled + predicted - right;
      return union === 0 ? undefined : right / union;
    });
  }

  /**
   * The four figures. A class without labels counts in no accuracy, and one that is not predicted either in no IoU. NaN if no
   * pixel is labelled. Source: arXiv 1411.4038, section 5; the paper's score.py, which leaves out the same classes.
   */
  figures(): SegmentationFigures {
    const all = Array.from({ length: this.classes }, (_, label) => this.#of(label));
    const total = sum(all.map(({ labelled }) => labelled));
    const present = all.filter(({ labelled }) => labelled > 0);
    const iou = this.classIoU();
    return {
      pixelAccuracy: sum(all.map(({ right }) => right)) / total,
      meanAccuracy: mean(present.map(({ right, labelled }) => right / labelled)),
      meanIoU: mean(iou.filter((value) => value !== undefined)),
      frequencyWeightedIoU: sum(all.map(({ labelled }, label) => labelled * (iou[label] ?? 0))) / total,
    };
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}

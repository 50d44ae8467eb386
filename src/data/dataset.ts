/** Data sets for training: folders of images, and the samples of an epoch. */
import type { Random } from "../random.js";
import type { ImageBatch } from "./image.js";
import type { RandomChoices } from "./transform.js";

/** The images of a batch by side, such as `A` and `B`. */
export type Batch<Side extends string = string> = Readonly<Record<Side, ImageBatch>>;

/** Which way images are translated. BtoA swaps the two sides. */
export type Direction = "AtoB" | "BtoA";

/** The source of a side's images: a folder, by its key in `folders`, and whole images or one half of each. */
export interface ImageSource {
  readonly folder: string;
  readonly half?: "left" | "right";
}

/** One image of a sample: its index among the images of its source, and its random changes. */
export interface SampleImage {
  readonly index: number;
  readonly choices: RandomChoices;
}

export interface SampleOptions {
  /** Only its named streams are used, so its state does not matter. A loader's default is `new Random(0)`. */
  readonly random: Random;
  /** Takes the images in order, without shuffling. A loader's default is false. */
  readonly serialBatches: boolean;
  /** Mirrors images with probability ½. A loader's default is true. */
  readonly flip: boolean;
}

/** A kind of data set, such as `unpaired`. It knows no file system, so browsers can use it. */
export interface DatasetKind<Side extends string = string> {
  readonly name: string;
  /** The sides of a batch, in the order of the model's arguments. */
  readonly sides: readonly Side[];
  /** Whether images belong together by their names, one in each folder. */
  readonly pairs?: true;
  /** Whether all phases are in the same folders, of whose images a part is held out for the phase `test`. */
  readonly isSplit?: true;
  /** The side whose images are labels: each pixel is the number of a class. */
  readonly labels?: Side;
  /** The sides whose images can have masks; a pair has one mask, that of the image that is translated. */
  readonly masks?: readonly Side[];
  /** The kind of the same images in other folders, if they may also be found so. */
  readonly apart?: DatasetKind<Side>;
  /** The folders of a phase (`train`, `test`) below the data set's root, by key. */
  folders(phase: string): Readonly<Record<string, string>>;
  /** The source of a side's images. */
  source(side: Side, direction: Direction): ImageSource;
  /** `sizes`: the number of images of each side, at least 1. */
  samplesPerEpoch(sizes: Readonly<Record<Side, number>>): number;
  /**
   * All samples of an epoch, counted from 1.
   *
   * It is a pure function of its arguments, so that training resumes at any step without a saved state.
   */
  epoch(
    epoch: number,
    sizes: Readonly<Record<Side, number>>,
    options: SampleOptions,
  ): readonly Readonly<Record<Side, SampleImage>>[];
}

/** What a task of the demo declares. `tasks/` has a file for each, and `tasks/index.ts` the list. */
import type { Settings } from "../models/model.js";
import type { TrainConfig } from "../run/options.js";

/** Where a data set is made, and who hears of it. */
export interface DatasetRequest {
  readonly folder: string;
  /** The folder for downloads. */
  readonly cacheFolder: string;
  /** Receives one line of text about twice a second during a download. */
  readonly onProgress: (line: string) => void;
  /** Receives one line when something is finished. */
  readonly onDone: (line: string) => void;
  /** Builds the data set again if it exists; default false. */
  readonly fresh?: boolean;
}

/** Receives what happens after the training, one line of text at a time. */
export interface TaskHooks {
  readonly onProgress: (text: string) => void;
  readonly onMessage: (text: string) => void;
}

/** A held-out image: a file in test or in testA and, if the true translation is known, one of the same name in testB. */
export interface HeldOut {
  /** What it shows, in words. */
  readonly name: string;
  readonly image: string;
}

/** What a task may measure of a run besides distances. */
export interface MeasureRequest {
  readonly config: TrainConfig;
  /** Folder of the run. */
  readonly run: string;
  /** Folders of the held-out images and of their translations from A to B, in which files have equal names. */
  readonly real: string;
  readonly fake: string;
  readonly truth: string;
  readonly heldOut: readonly HeldOut[];
}

/** A data set that is made or fetched, with settings that train on it within minutes, also without a GPU. */
export interface DemoTask {
  readonly name: string;
  /** What the training learns, in a few words. */
  readonly summary: string;
  /** Name of the data set's folder in `datasets/`. */
  readonly dataset: string;
  /** What the images of the two domains are. */
  readonly domains: { readonly A: string; readonly B: string };
  /** Side of the images that it trains on, in pixels. */
  readonly size: number;
  /** Training steps, unless others are asked for. */
  readonly steps: number;
  /** The models that can be trained, with their settings; the first one is the default. */
  readonly models: Readonly<Record<string, Settings>>;
  /** What a longer training gives, in a sentence or two for the page of the run. */
  readonly outlook?: string;
  /** Makes the data set unless it is there. Throws a DataError if it cannot. */
  makeDataset(request: DatasetRequest): Promise<readonly HeldOut[]>;
  /** Lines of text about the trained model. */
  measure?(request: MeasureRequest): Promise<readonly string[]>;
}

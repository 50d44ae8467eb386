/** What the Train page asks of the worker that trains. */
import type { Settings } from "../../models/model.js";
import type { Direction } from "../../models/networks/recognise-generator.js";
import type { TrainProgress } from "../../training/progress.js";
import type { PageData } from "../../report/page-data.js";
import type { Presentation } from "../../report/presentation.js";
import type { Cursors } from "../../report/run-reader.js";
import type { StoredRun } from "../disk/origin-runs.js";
import type { GivenFile } from "../files/given-file.js";

/** The pictures of both domains. */
export type Domains = Readonly<Record<"A" | "B", readonly GivenFile[]>>;

/** What a page learns while a run is trained. */
export interface TrainReports {
  /** A few times a second. */
  readonly onProgress: (progress: TrainProgress) => void;
  /** One line of text. */
  readonly onMessage: (text: string) => void;
  /** Says that the browser does not keep the run, though it is trained. */
  readonly onProblem: (text: string) => void;
}

/** How a training has ended: with its last step, or before, by `pause` or `stop`. */
export type TrainEnd = "ended" | "paused" | "stopped";

/** The device memory of a training in bytes, or why the device cannot do it. */
export type PresetCost = { readonly bytes: number } | { readonly reason: string };

/** The cost of a training, from a few real steps. */
export interface MeasuredCost {
  readonly bytes: number;
  readonly secondsPerStep: number;
  readonly steps: number;
  /** False if the time is computed from that of smaller pictures. */
  readonly full: boolean;
}

/** A file of a generator's weights. */
export interface SavedGenerator {
  readonly network: string;
  /** The direction in which it translates. */
  readonly direction: Direction;
  /** Side of the squares that it was trained on, in pixels. */
  readonly size: number;
}

/** The formats of weights. */
export const weightFormats = ["safetensors", "pth", "onnx"] as const;
export type WeightFormat = (typeof weightFormats)[number];

/** What the page of a run shows. */
export interface RunView {
  readonly presentation: Presentation;
  readonly data: PageData;
  /** The generators whose weights have been saved. */
  readonly generators: readonly SavedGenerator[];
}

/** The worker, as the page sees it. What goes wrong rejects with an error whose name is that of a class in `errors.ts`. */
export interface Trainer {
  /** The runs that the browser keeps, the newest first. */
  runs(): Promise<readonly StoredRun[]>;
  /** Makes a run of this name, keeps its pictures, and trains it. Resolves when the training has ended. */
  start(name: string, settings: Settings, domains: Domains, reports: TrainReports): Promise<TrainEnd>;
  /** Continues a run from its newest checkpoint. */
  resume(name: string, reports: TrainReports): Promise<TrainEnd>;
  /** Ends the training after the current step, and saves it. */
  pause(): Promise<void>;
  /** As `pause`, and the run counts as stopped until it goes on. */
  stop(): Promise<void>;
  /** Opens a run to look at it. */
  show(name: string): Promise<void>;
  /** Closes the open run, so that another tab can open it. */
  leave(): Promise<void>;
  /** What is new of the open run since earlier cursors; undefined before its first step. */
  view(cursors: Cursors): Promise<RunView | undefined>;
  /** The sample grid of a step of the open run, a PNG file. */
  sample(step: number): Promise<Blob>;
  /** The newest saved weights of a generator of the open run. */
  weights(network: string, format: WeightFormat): Promise<Uint8Array>;
  /** The open run with its pictures, as a zip archive. */
  archive(): Promise<Blob>;
  /** Takes over a run: a zip archive, or its folder with its pictures. Returns its name, to which a number is added if it is in use. */
  import(files: readonly GivenFile[]): Promise<string>;
  /** The memory of trainings on crops, by their settings. */
  costs(settings: readonly Settings[]): Promise<readonly PresetCost[]>;
  /** Measures a training on these pictures. Takes up to a minute. */
  measure(settings: Settings, domains: Domains, onMessage: (text: string) => void): Promise<MeasuredCost>;
  /** Draws pictures for a visitor who has none. */
  draw(): Promise<Domains>;
  /** Removes a run with its pictures. */
  remove(name: string): Promise<void>;
}

/** What the pages ask of the worker that computes. */
import type { Direction } from "../../models/networks/recognise-generator.js";

/** A generator that the worker has loaded. */
export interface GeneratorNote {
  /** The name of its file. */
  readonly name: string;
  /** What it is, for people who know networks. */
  readonly description: string;
  /** The directions of translation that the file has; one if it has a single generator. */
  readonly directions: readonly Direction[];
  readonly direction: Direction;
}

/** How pictures are translated. */
export interface TranslateSettings {
  /** Larger pictures are made smaller, so that their shorter side has this many pixels; undefined: never. */
  readonly shorterSide: number | undefined;
  /** The limit of device memory in bytes. A picture that needs more is computed in tiles. */
  readonly memory: number;
}

/** A translated picture. */
export interface Translated {
  /** A PNG file. */
  readonly file: Blob;
  readonly width: number;
  readonly height: number;
  /** The time that it took, with decoding and encoding. */
  readonly seconds: number;
}

/** The worker, as a page sees it. What goes wrong rejects with an error whose name is that of a class in `errors.ts`. */
export interface Translator {
  /** Opens the GPU. */
  open(): Promise<void>;
  /** Reads a file of weights and builds its generator. The generator before it stays if the file cannot be used. */
  load(file: Uint8Array, name: string, direction: Direction): Promise<GeneratorNote>;
  /** `onTile` is called after each tile of a picture that is computed in tiles. */
  translate(picture: Blob, name: string, settings: TranslateSettings, onTile: (done: number, total: number) => void): Promise<Translated>;
  /** Translates a frame of the camera at its size, and takes it over. */
  translateFrame(frame: ImageData): Promise<ImageData>;
  /** Ends the translation of a picture in tiles after the current tile. */
  stop(): Promise<void>;
}

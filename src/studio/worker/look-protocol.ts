/** What the page Look asks of its worker. */
import type { Sides } from "../../look/sides.js";
import type { VisibleLayer } from "../../models/deconvnet/look.js";

/** A network that the worker has loaded. */
export interface NetworkNote {
  /** The name of its file. */
  readonly name: string;
  /** What it is, for people who know networks. */
  readonly description: string;
  /** What precedes the names of its parameters, and the same of all networks of the file that can be looked into. */
  readonly prefix: string;
  readonly prefixes: readonly string[];
  /** The layers with weights. */
  readonly layers: readonly VisibleLayer[];
  readonly sides: Sides;
  /** Whether it sees pairs: A in the left half of a picture, and B in the right. */
  readonly isOfPairs: boolean;
  /** Whether it has max-pools, with which a projection depends on the image. */
  readonly hasMaxPools: boolean;
}

export interface LookSettings {
  /** The name of the layer; undefined for all that have weights. */
  readonly layer: string | undefined;
  /** How many channels of a layer. */
  readonly count: number;
  /** Whether by guided back-propagation. */
  readonly isGuided: boolean;
  /** Pictures are resized to squares of this side. */
  readonly side: number;
}

/** A picture for the network. */
export interface NamedPicture {
  readonly name: string;
  readonly file: Blob;
}

/** A channel, as its card shows it. */
export interface ShownChannel {
  /** The name of its layer. */
  readonly layer: string;
  readonly channel: number;
  readonly activation: string;
  /** Names of the pictures, the strongest first. */
  readonly names: readonly string[];
  /** PNG files. */
  readonly projections: Blob;
  readonly patches: Blob;
}

export type LookEvent =
  | { readonly kind: "progress"; readonly phase: "search" | "projection"; readonly done: number; readonly total: number }
  | { readonly kind: "channel"; readonly channel: ShownChannel }
  | { readonly kind: "skipped"; readonly path: string; readonly reason: string };

/** The worker, as the page sees it. What goes wrong rejects with an error whose name is that of a class in `errors.ts`. */
export interface Looker {
  /** Opens the GPU. */
  open(): Promise<void>;
  /** Reads a file of weights and builds a network of it, by default the first. The network before it stays if the file cannot be used. */
  load(file: Uint8Array, name: string, prefix: string | undefined): Promise<NetworkNote>;
  /** Looks at pictures, and tells each channel as it is finished. Ends early if it is stopped. */
  look(pictures: readonly NamedPicture[], settings: LookSettings, onEvent: (event: LookEvent) => void): Promise<void>;
  /** Ends the look after the current picture. */
  stop(): Promise<void>;
  /** All channels that the newest look has found so far in one picture, a PNG file, as `cyclegan look` writes it. */
  picture(): Promise<Blob>;
}

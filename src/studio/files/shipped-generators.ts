/** The generators that are hosted beside the page. */
import type { Direction } from "../../models/networks/recognise-generator.js";
import type { GivenFile } from "./given-file.js";

/** The weights of one direction. */
export interface ShippedFile {
  readonly direction: Direction;
  /** Such as "Noto Emoji to Twemoji". */
  readonly title: string;
  readonly path: string;
}

/** A row of generators.json. */
export interface ShippedGenerator {
  readonly name: string;
  /** Shorter side of the pictures it was trained on, in pixels. */
  readonly size: number;
  /** A file for each direction: what it does, and its path relative to the page. */
  readonly files: readonly ShippedFile[];
}

/** The generators beside the page; none if the list cannot be loaded. */
export async function shippedGenerators(): Promise<readonly ShippedGenerator[]> {
  const response = await fetch("generators.json");
  return response.ok ? response.json() : [];
}

/** Loads the weights of one of them. Throws if the server does not have them. */
export async function shippedFile(path: string): Promise<GivenFile> {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path}: expected a file of weights, got status ${response.status} from the server.`);
  return { path, file: new File([await response.blob()], path.split("/").at(-1) ?? path) };
}

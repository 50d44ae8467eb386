/** The choices for how pictures are translated. */
import { DEFAULT_MEMORY } from "../../models/tiling/default-memory.js";
import type { TranslateSettings } from "../worker/protocol.js";

export interface Choice<T> {
  readonly name: string;
  readonly value: T;
}

/** How large translations become. */
export const sizes: readonly Choice<number | undefined>[] = [
  { name: "Up to 64 pixels (fastest)", value: 64 },
  { name: "Up to 128 pixels", value: 128 },
  { name: "Up to 256 pixels", value: 256 },
  { name: "Up to 512 pixels", value: 512 },
  { name: "Up to 1024 pixels", value: 1024 },
  { name: "As large as the picture", value: undefined },
];

/** How much of the GPU's memory a translation may use. */
export const memories: readonly Choice<number>[] = [
  { name: "0.25 GB", value: 0.25e9 },
  { name: "0.5 GB", value: 0.5e9 },
  { name: "1 GB", value: 1e9 },
  { name: "2 GB", value: DEFAULT_MEMORY },
  { name: "4 GB", value: 4e9 },
];

/** The first settings. A phone or tablet shares its memory between everything it does, so it gets less. */
export function firstSettings(isHandheld: boolean): TranslateSettings {
  return { shorterSide: 512, memory: isHandheld ? 0.5e9 : DEFAULT_MEMORY };
}

/** The sizes of the camera's frames. */
export const cameraSizes: readonly Choice<number>[] = [64, 128, 256, 384, 512].map((value) => ({ name: `${value} pixels`, value }));

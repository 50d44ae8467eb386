/** The settings that the Train page offers. */
import type { Settings } from "../../models/model.js";

export interface Preset {
  readonly id: "quick" | "balanced" | "paper";
  readonly title: string;
  readonly description: string;
  /** Side of the squares that are trained on, in pixels. */
  readonly size: number;
  /** The settings for as many pictures as the larger domain has. */
  settings(pictures: number): Settings;
}

/** Settings that all presets share: what is worth its place in the browser's storage. */
const shared: Settings = { keepLast: 1, sampleImages: 2, evalImages: 20 };

/** The share of the pictures that is trained on; the rest is held out. */
const TRAINED = 0.95;

/** Epochs that together have so many steps; the learning rate falls in the second half of them. */
function epochsOf(steps: number, pictures: number): Settings {
  // Rounded up, so that small data sets, of which a larger share is held out, do not end early.
  const epochs = Math.ceil(steps / Math.max(1, Math.floor(TRAINED * pictures) - 1));
  return { nEpochs: epochs - Math.floor(epochs / 2), nEpochsDecay: Math.floor(epochs / 2), maxSteps: steps, saveEpochFreq: epochs + 1 };
}

export const presets: readonly Preset[] = [
  {
    id: "quick",
    title: "Quick look",
    description: "Small networks on pictures of 64×64, 2000 steps. Shows within minutes whether the two kinds of pictures go together.",
    size: 64,
    settings: (pictures) => ({
      ...shared,
      ...epochsOf(2000, pictures),
      // Few steps get further with a higher learning rate.
      lr: 1e-3,
      loadSize: 72,
      cropSize: 64,
      ngf: 16,
      ndf: 32,
      nBlocks: 3,
      netD: "n_layers",
      nLayersD: 2,
      printFreq: 10,
      displayFreq: 50,
      saveLatestFreq: 200,
      evalFreq: 400,
    }),
  },
  {
    id: "balanced",
    title: "Balanced",
    description: "Half as wide as the paper's networks, on pictures of 128×128, 20,000 steps.",
    size: 128,
    settings: (pictures) => ({
      ...shared,
      ...epochsOf(20_000, pictures),
      loadSize: 143,
      cropSize: 128,
      ngf: 32,
      ndf: 32,
      nBlocks: 6,
      printFreq: 20,
      displayFreq: 200,
      saveLatestFreq: 500,
      evalFreq: 2000,
    }),
  },
  {
    id: "paper",
    title: "As the paper",
    description: "The networks and the 200 epochs of the CycleGAN paper, on pictures of 256×256. Needs a fast GPU and a day or more.",
    size: 256,
    settings: () => ({ ...shared, saveLatestFreq: 1000, saveEpochFreq: 50 }),
  },
];

export function presetOf(id: Preset["id"]): Preset {
  const found = presets.find((preset) => preset.id === id);
  if (!found) throw new RangeError(`${id}: expected a preset.`);
  return found;
}

import type { Image } from "../data/image.js";
import { ShapeError } from "../errors.js";
import { Random } from "../random.js";
import { levelDistance } from "./level-distance.js";
import type { Normalise } from "./level-distance.js";
import { samplePatches } from "./patches.js";
import type { ImagePatches } from "./patches.js";

export interface SlicedWassersteinOptions {
  /** Patches taken from each image at each level. Default 64. */
  readonly patchesPerImage?: number;
  /** Random directions that patches are projected on, rounded up to a multiple of 4. Default 128. */
  readonly projections?: number;
  /** Of places and directions. Default 0. */
  readonly seed?: number;
  /**
   * What a channel is divided by at each level: `shared`, √((σₐ² + σ_b²) / 2), or `own`, as in the paper, each set by its
   * own σ after taking off its own mean. Default `shared`: `own` cannot see a shift of colour or a change of contrast.
   */
  readonly normalise?: Normalise;
}

/** A distance times 10³, 0 for equal sets. */
export interface SlicedWasserstein {
  /** Over the levels. */
  readonly mean: number;
  /** Finest first, with the size of the first image at that level in pixels. */
  readonly levels: readonly { readonly width: number; readonly height: number; readonly distance: number }[];
}

const defaults = { patchesPerImage: 64, projections: 128, seed: 0, normalise: "shared" } as const;

/** The first half of {@link slicedWasserstein}, for a set that is compared several times. */
export function sampleForDistance(images: readonly Image[], options: SlicedWassersteinOptions = {}): ImagePatches {
  return samplePatches(images, options.patchesPerImage ?? defaults.patchesPerImage, options.seed ?? defaults.seed);
}

/** The second half of {@link slicedWasserstein}. */
export function patchDistance(a: ImagePatches, b: ImagePatches, options: SlicedWassersteinOptions = {}): SlicedWasserstein {
  if (a.channels !== b.channels) {
    throw new ShapeError(
      `slicedWasserstein: expected images of as many channels in both sets, got ${a.channels} and ${b.channels}.`,
    );
  }
  const { seed, ...how } = { ...defaults, ...options };
  const random = new Random(seed).stream("directions");
  // Sets of unlike sizes share the finest levels.
  const levels = a.levels.slice(0, b.levels.length).map((patches, level) => {
    const { width, height } = patches;
    const distance = levelDistance(patches, b.levels[level] ?? patches, random.stream(`level ${level}`), how);
    return { width, height, distance: distance * 1000 };
  });
  return { mean: levels.reduce((sum, { distance }) => sum + distance, 0) / levels.length, levels };
}

/**
 * The sliced Wasserstein distance of two sets of images, for each octave and on average, times 10³.
 *
 * Of every image's Laplacian pyramid, down to 16 pixels, it takes 7×7 patches at random places, divides channels by their
 * deviation, projects them on random directions, and averages the Wasserstein-1 distance of the components. It needs no
 * network and no pairs, and knows textures, edges and colours, not meaning. The sets may have different numbers of images.
 * Two samples of one kind are not at 0, the less so the fewer they are: compare distances of equally many images. The same
 * input gives the same bits. Throws ShapeError for empty sets, sides below 7 pixels, or unlike channels.
 * Source: Karras et al., arXiv 1710.10196, section 5.
 */
export function slicedWasserstein(
  a: readonly Image[],
  b: readonly Image[],
  options: SlicedWassersteinOptions = {},
): SlicedWasserstein {
  return patchDistance(sampleForDistance(a, options), sampleForDistance(b, options), options);
}

/** The sliced Wasserstein distance of two sets of images. */
import type { Image } from "../data/image.js";
import { ShapeError } from "../errors.js";
import { Random } from "../random.js";
import { levelDistance } from "./level-distance.js";
import type { Normalise } from "./level-distance.js";
import { samplePatches } from "./patches.js";
import type { ImagePatches } from "./patches.js";

export interface SlicedWassersteinOptions {
  /** Patches per image and level; default 64. */
  readonly patchesPerImage?: number;
  /** Random directions that patches are projected onto, rounded up to a multiple of 4; default 128. */
  readonly projections?: number;
  /** Seed of places and directions; default 0. */
  readonly seed?: number;
  /**
   * How channels are normalised at each level. `shared` (default): divided by √((σₐ² + σ_b²) / 2). `own`, as in the paper: each
   * set's mean is subtracted and the rest divided by its σ, which hides a shift of colour or a change of contrast.
   */
  readonly normalise?: Normalise;
}

/** A distance times 10³, 0 for equal sets. */
export interface SlicedWasserstein {
  /** Mean over the levels. */
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
      `slicedWasserstein: expected the same number of channels in both sets, got ${a.channels} and ${b.channels}.`,
    );
  }
  const { seed, ...how } = { ...defaults, ...options };
  const random = new Random(seed).stream("directions");
  // Sets with images of different sizes share the finest levels.
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
 * Takes 7×7 patches at random places from every image's Laplacian pyramid, down to 16 pixels, divides channels by their
 * deviation, projects the patches onto random directions, and averages the Wasserstein-1 distances of the components. Needs
 * neither a network nor pairs. Measures textures, edges and colours, not meaning. The sets may have different numbers of
 * images, but even two samples from one distribution are not at 0, and farther apart the fewer images they have: only compare
 * distances of equally many images. The same input gives the same bits. Throws a ShapeError for empty sets, sides below 7
 * pixels, or different channels.
 * Source: Karras et al., arXiv 1710.10196, section 5.
 */
export function slicedWasserstein(
  a: readonly Image[],
  b: readonly Image[],
  options: SlicedWassersteinOptions = {},
): SlicedWasserstein {
  return patchDistance(sampleForDistance(a, options), sampleForDistance(b, options), options);
}

/** Lanes a kernel works on at once along an axis of this extent: 4 where it divides, else 1. */
export function widthOf(...extents: readonly number[]): 1 | 4 {
  return extents.every((extent) => extent % 4 === 0) ? 4 : 1;
}

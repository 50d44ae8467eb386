/** Lanes of a kernel along axes of these extents: 4 if it divides all of them, else 1. */
export function widthOf(...extents: readonly number[]): 1 | 4 {
  return extents.every((extent) => extent % 4 === 0) ? 4 : 1;
}

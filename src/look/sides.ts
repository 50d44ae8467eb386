/** Which sizes of images a network takes. */

/** The sides of a network's images must be multiples of `multiple`, at least `least` and at most `most`, in pixels. */
export interface Sides {
  readonly multiple: number;
  readonly least: number;
  readonly most: number;
}

/** Whether images of this size fit. */
export function fits({ multiple, least, most }: Sides, width: number, height: number): boolean {
  return [width, height].every((side) => side % multiple === 0 && side >= least && side <= most);
}

/** The sides in words. */
export function describeSides({ multiple, least, most }: Sides): string {
  if (least === most) return `${least} pixels`;
  return multiple === 1 ? `at least ${least} pixels` : `a multiple of ${multiple} pixels, at least ${least}`;
}

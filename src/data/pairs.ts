/** Pairs of images by their names. */

/**
 * The common part of the names of a pair, which have no extension: `1_A` and `1_B` belong together, as in the reference's data
 * sets, and `1` and `1`.
 */
export function pairName(name: string, domain: string): string {
  return name.endsWith(`_${domain}`) ? name.slice(0, -2) : name;
}

/** Recognises DCGAN's networks by the shapes of their convolutions. */
import type { Shaped } from "../../io/differences.js";
import type { KnownDcgan } from "./describe.js";

type NamedShape = readonly [name: string, shape: readonly number[]];

/** More doublings than any image allows. */
const DOUBLINGS_LIMIT = 24;

/**
 * The network of a list `main`. A norm behind the first convolution means a generator. Undefined if it has fewer convolutions than
 * either network.
 */
export function dcganOf(weights: ReadonlyMap<string, Shaped>): KnownDcgan | undefined {
  const shapes = [...weights].flatMap(([name, { shape }]) => (name.endsWith(".weight") && shape.length === 4 ? [shape] : []));
  return networkOf(shapes, weights.has("main.1.weight"));
}

/**
 * The network of tensors with any names; undefined if it is none. Its convolutions are all 4×4 and have no biases, unlike those of a
 * PatchGAN, and each takes what the one before it makes.
 */
export function dcganInOrder(entries: readonly NamedShape[]): KnownDcgan | undefined {
  const convs = entries.filter(([, shape]) => shape.length === 4);
  const shapes = convs.map(([, shape]) => shape);
  const names = new Set(entries.map(([name]) => name));
  if (convs.some(([name]) => names.has(name.replace(/weight$/, "bias"))) || shapes.some(([, , kernel, other]) => kernel !== 4 || other !== 4)) return undefined;
  // The first axis of a transposed convolution's weight is its input channels, and of a convolution's its output channels.
  const follows = (first: 0 | 1): boolean => shapes.slice(1).every((shape, at) => shape[first] === shapes[at]?.[1 - first]);
  if (follows(0)) return networkOf(shapes, true);
  return follows(1) && shapes.at(-1)?.[0] === 1 ? networkOf(shapes, false) : undefined;
}

function networkOf(shapes: readonly (readonly number[])[], isGenerator: boolean): KnownDcgan | undefined {
  const [first, last] = [shapes[0], shapes.at(-1)];
  const doublings = shapes.length - 1;
  if (!first || !last || doublings < 1 || doublings > DOUBLINGS_LIMIT) return undefined;
  const shared = { imageSize: 4 * 2 ** doublings, norm: "batch", trackRunningStats: false } as const;
  if (isGenerator) {
    const [nz = 0] = first;
    const [ngf = 0, nc = 0] = last;
    return { kind: "dcgan generator", sizes: { ...shared, nz, ngf, nc } };
  }
  const [ndf = 0, nc = 0] = first;
  return { kind: "dcgan discriminator", sizes: { ...shared, ndf, nc } };
}

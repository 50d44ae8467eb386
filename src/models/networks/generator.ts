/** The networks that make an image of an image: which one some sizes describe, and its module. */
import type { DType } from "../../dtype.js";
import { ShapeError } from "../../errors.js";
import type { Gpu } from "../../gpu/gpu.js";
import { evaluating } from "../../nn/evaluating.js";
import { cast } from "../../ops/elementwise/cast.js";
import { formatShape, imageShape } from "../../shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { buildNetwork, type BuildOptions, type Network } from "./build.js";
import { fcn, FCN_MULTIPLE, type FcnSizes } from "./fcn.js";
import type { Architecture } from "./layer.js";
import { resnetGenerator, type ResnetSizes } from "./resnet.js";
import { unetGenerator, type UnetSizes } from "./unet.js";

/**
 * The options that determine the layers of a generator. `numDowns` makes it a U-Net, and `fcn` a network whose result is the scores of
 * classes in place of an image.
 */
export type GeneratorSizes = ResnetSizes | UnetSizes | FcnSizes;

export type GeneratorOptions = GeneratorSizes &
  BuildOptions & {
    /** How its input and activations are stored; by default as the input is. The result has the same type. */
    readonly activations?: DType;
  };

export interface Generator extends Network {
  readonly options: GeneratorOptions;
}

function checkSides(options: GeneratorOptions, x: Tensor): void {
  if (!isUnet(options) && !isFcn(options)) return;
  const [, h, w] = imageShape("generator", "x", x.shape);
  const { multiple } = generatorSides(options);
  if (h % multiple === 0 && w % multiple === 0) return;
  const halvings = isUnet(options) ? `a U-Net can halve ${options.numDowns} times` : "an FCN can halve 5 times";
  throw new ShapeError(`generator: expected sides that ${halvings}, multiples of ${multiple} pixels, got x ${formatShape(x.shape)}.`);
}

/** A generator that always computes as in `evaluating`. */
export function inUse(generator: Generator): Generator {
  return {
    ...generator,
    forward: (x) => evaluating(() => generator.forward(x)),
    activations: (x, names) => evaluating(() => generator.activations(x, names)),
  };
}

export function isUnet(sizes: GeneratorSizes): sizes is UnetSizes {
  return "numDowns" in sizes;
}

/** Whether its result is the scores of classes, a channel each. */
export function isFcn(sizes: GeneratorSizes): sizes is FcnSizes {
  return "fcn" in sizes;
}

/** The layers of a generator. */
export function generatorArchitecture(sizes: GeneratorSizes): Architecture {
  if (isFcn(sizes)) return fcn(sizes);
  return isUnet(sizes) ? unetGenerator(sizes) : resnetGenerator(sizes);
}

/** Whether an image's translation depends on the others of its batch: a batch norm without running statistics mixes them. */
export function mixesImages(sizes: GeneratorSizes): boolean {
  return !isFcn(sizes) && sizes.norm === "batch" && sizes.trackRunningStats !== true;
}

/** The sides of images must be multiples of `multiple` and at least `least`, in pixels. */
export function generatorSides(sizes: GeneratorSizes): { readonly multiple: number; readonly least: number } {
  if (isFcn(sizes)) return { multiple: FCN_MULTIPLE, least: FCN_MULTIPLE };
  if (isUnet(sizes)) return { multiple: 2 ** sizes.numDowns, least: 2 ** sizes.numDowns };
  // Two strides of 2; then an image is padded by reflection of one pixel.
  return { multiple: 4, least: 8 };
}

/**
 * Builds a `resnetGenerator`, a `unetGenerator` or an `fcn`.
 *
 * Shape: [n, h, w, inputNc] → [n, h, w, outputNc] in (−1, 1), or scores; h and w as in `generatorSides`. `forward` throws a ShapeError
 * for sides that a U-Net or an FCN cannot halve.
 */
export function buildGenerator(gpu: Gpu, options: GeneratorOptions): Generator {
  const network = buildNetwork(gpu, generatorArchitecture(options), options);
  const forward = (x: Tensor): Tensor => {
    checkSides(options, x);
    return network.forward(cast(x, options.activations ?? x.dtype));
  };
  return { ...network, forward, options };
}

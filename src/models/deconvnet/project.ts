/** What in an image makes a channel of a layer active, by a deconvnet. */
import { MisuseError } from "../../errors.js";
import type { ImageBatch } from "../../data/image.js";
import type { Gpu } from "../../gpu/gpu.js";
import { parameterTensors } from "../../nn/module.js";
import { max } from "../../ops/reduce/max.js";
import { narrow } from "../../ops/shape/narrow.js";
import { reshape } from "../../ops/shape/reshape.js";
import { imageShape } from "../../shape.js";
import { backward } from "../../tensor/autograd.js";
import { frozen, noGrad } from "../../tensor/grad-mode.js";
import { Tensor } from "../../tensor/tensor.js";
import type { Network } from "../networks/build.js";
import { activate, type WayBack } from "./graph.js";

/** The strongest activation of a channel in an image, and what in the image made it. */
export interface Projection {
  readonly activation: number;
  /** The first place of the activation in the layer's map. */
  readonly row: number;
  readonly column: number;
  /** Height and width of the layer's map. */
  readonly height: number;
  readonly width: number;
  /**
   * The signal that arrives at the pixels if it begins with 1 at that place and 0 everywhere else. A beginning with the activation
   * itself would only scale it.
   */
  readonly pixels: ImageBatch;
}

/**
 * Finds the strongest activation of a channel of a layer in an image, and projects it back to the pixels by a deconvnet.
 *
 * `layer` is the name of a layer in PyTorch's list, such as `model.2`; the activation is that at its end. See `graph.ts` for the way
 * back. Shape: image [1, h, w, c] → pixels [1, h, w, c]. Throws MisuseError for a layer or a channel that is not there, ShapeError for
 * an image that does not fit. Source: arXiv 1311.2901.
 */
export async function project(gpu: Gpu, network: Network, image: ImageBatch, layer: string, channel: number, way: WayBack = {}): Promise<Projection> {
  using x = Tensor.from(gpu, image.shape, image.data, "image").withGrad();
  let found: { readonly map: Tensor; readonly height: number; readonly width: number } | undefined;
  frozen(parameterTensors(network), () =>
    activate(network, x, (name, activation) => {
      if (name !== layer) return true;
      const [, height, width, channels] = imageShape("project", "activation", activation.shape);
      if (!(Number.isInteger(channel) && channel >= 0 && channel < channels)) {
        throw new MisuseError(`project: expected a channel of ${layer} from 0 to ${channels - 1}, got ${channel}.`);
      }
      const map = reshape(narrow(activation, 3, channel, 1), [height * width]);
      found = { map: map.alias(), height, width };
      // The gradient of max goes to the first of the largest elements.
      backward(max(map));
      return false;
    }, way),
  );
  if (!found) throw new MisuseError(`project: expected the name of a layer, got "${layer}".`);
  using map = found.map;
  const { height, width } = found;
  const [values, pixels] = [await map.data(), await x.grad?.data()];
  const activation = values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  const place = values.indexOf(activation);
  return {
    activation,
    row: Math.floor(place / width),
    column: place % width,
    height,
    width,
    pixels: { shape: image.shape, data: pixels ?? new Float32Array(image.data.length) },
  };
}

/** The largest activation of each channel in an image, for each of these layers by name. Later layers do not run. */
export async function largestActivations(
  gpu: Gpu,
  network: Network,
  image: ImageBatch,
  layers: ReadonlySet<string>,
): Promise<ReadonlyMap<string, Float32Array>> {
  const waiting = new Map<string, Tensor>();
  const collect = (): void => {
    using _scope = gpu.scope("largest activations");
    const x = Tensor.from(gpu, image.shape, image.data, "image");
    activate(network, x, (name, activation) => {
      if (!layers.has(name)) return true;
      const [, height, width, channels] = imageShape("largestActivations", "activation", activation.shape);
      waiting.set(name, max(reshape(activation, [height * width, channels]), 0).alias());
      return waiting.size < layers.size;
    });
  };
  noGrad(collect);
  const found = new Map<string, Float32Array>();
  for (const [name, tensor] of waiting) {
    using values = tensor;
    found.set(name, await values.data());
  }
  return found;
}

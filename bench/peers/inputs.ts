/** The operands of a piece of work, which are random but the same in every run, and the errors of an engine's results. */
import { loadFloat32, storeFloat32, type StoredTensor } from "../../src/io/safetensors.js";
import { Random } from "../../src/random.js";
import { sizeOf } from "../../src/shape.js";
import { randomValues } from "../../src/bench/kernel-case.js";
import { geometryOf } from "../../src/bench/network.js";
import type { Tensors } from "./engine.js";
import { layersOf, networks, trainedNames, weightShape } from "./layers.js";
import type { ConvWork, NormWork, StepWork, Work } from "./work.js";

const RGB = 3;
/** The standard deviation of the weights, which are uniform in ±√3 · DEVIATION. */
const DEVIATION = 0.02;

function drawn(random: Random, name: string, shape: readonly number[], scale = 1): readonly [string, StoredTensor] {
  const values = randomValues(random.stream(name), sizeOf(shape)).map((value) => scale * value);
  return [name, storeFloat32(shape, values)];
}

function convInputs({ layer }: ConvWork, random: Random): Tensors {
  const { n, height, width, channels, outHeight, outWidth, outChannels, kernelHeight, kernelWidth } = geometryOf(layer);
  const wide = [n, channels, height, width];
  const narrow = [n, outChannels, outHeight, outWidth];
  return new Map([
    drawn(random, "x", layer.transposed ? narrow : wide),
    drawn(random, "dy", layer.transposed ? wide : narrow),
    // [out, in, kh, kw] of the convolution from wide to narrow is [in, out, kh, kw] of the transposed one.
    drawn(random, "weight", [outChannels, channels, kernelHeight, kernelWidth]),
  ]);
}

function normInputs({ size, channels }: NormWork, random: Random): Tensors {
  const shape = [1, channels, size, size];
  return new Map([drawn(random, "x", shape), drawn(random, "dy", shape)]);
}

function stepInputs(work: StepWork, random: Random): Tensors {
  const scale = Math.sqrt(3) * DEVIATION;
  const parameters = networks.flatMap((network) =>
    layersOf(network, work).flatMap((layer) => [
      drawn(random, `${network}.${layer.name}.weight`, weightShape(layer), scale),
      drawn(random, `${network}.${layer.name}.bias`, [layer.outChannels], scale),
    ]),
  );
  const image = [1, RGB, work.size, work.size];
  return new Map([drawn(random, "real_A", image), drawn(random, "real_B", image), ...parameters]);
}

export function inputsOf(work: Work): Tensors {
  const random = new Random(1);
  if (work.kind === "step") return stepInputs(work, random);
  return work.kind === "conv" ? convInputs(work, random) : normInputs(work, random);
}

/** ‖got − expected‖ / ‖expected‖. NaN if the sizes differ. */
function relativeError(got: Float32Array, expected: Float32Array): number {
  if (got.length !== expected.length) return Number.NaN;
  let [difference, norm] = [0, 0];
  for (const [index, value] of expected.entries()) {
    difference += ((got[index] ?? Number.NaN) - value) ** 2;
    norm += value ** 2;
  }
  return Math.sqrt(difference / norm);
}

export interface Deviation {
  /** The name of the result. */
  readonly name: string;
  /** Its relative L2 error. NaN if the result is missing. */
  readonly error: number;
  readonly allowed: number;
}

/**
 * A sum of K products in float32 has a relative error of about √K · 2⁻²⁴, and K is at most 9,216 here: 6e-6. Winograd's
 * transforms amplify this up to 15 times: 9e-5. Real mistakes in a peer are of the order of per cents.
 */
const RESULT_TOLERANCE = 1e-4;
/** Losses are means over thousands of pixels of a network's output, whose error in float32 is about 1e-6. */
const LOSS_TOLERANCE = 1e-4;
/**
 * If rounding changes the sign of a ReLU's input, the gradients jump: one of the N positions of a layer has about 1/√N of its
 * gradient, 6e-3 in the smallest layers. A step at 64² has 4 million such inputs, with errors of about 1e-6 of their standard
 * deviation. So about three of them change sign, and they differ between engines, PyTorch's own float32 included. At 32² usually
 * none does, and errors are 4e-6. Real mistakes in a peer are of the order of tens of per cents.
 */
const GRADIENT_TOLERANCE = 3e-2;

function namesOf(work: Work, expected: Tensors): readonly string[] {
  if (work.kind !== "step") return ["result"];
  const gradients = networks.flatMap((network) => trainedNames(network, work)).map((name) => `gradient ${name}`);
  return [...[...expected.keys()].filter((name) => name.startsWith("loss ")), ...gradients];
}

function toleranceOf(name: string): number {
  if (name.startsWith("gradient ")) return GRADIENT_TOLERANCE;
  return name === "result" ? RESULT_TOLERANCE : LOSS_TOLERANCE;
}

/** Compares the results that matter for the work, and returns the one with the largest error relative to its tolerance. */
export function deviationOf(work: Work, got: Tensors, expected: Tensors): Deviation {
  const errors = namesOf(work, expected).map((name): Deviation => {
    const [a, b] = [got.get(name), expected.get(name)];
    const error = a && b ? relativeError(loadFloat32(a, name), loadFloat32(b, name)) : Number.NaN;
    return { name, error, allowed: toleranceOf(name) };
  });
  const weight = ({ error, allowed }: Deviation): number => (Number.isNaN(error) ? Infinity : error / allowed);
  return errors.reduce((worst, each) => (weight(each) > weight(worst) ? each : worst));
}

import type { KernelName } from "../../src/gpu/kernel-arguments.js";
import type { CheckName } from "../support/check-op.js";

export interface ShaderMutation {
  readonly breaks: string;
  readonly kernel: KernelName;
  readonly edits: readonly (readonly [from: string, to: string])[];
  /** The table whose samples must reveal it, and the check that must. */
  readonly op: string;
  /** Only these samples are tried, by a part of their name: a convolution compiles for seconds. */
  readonly sample?: string;
  readonly check: CheckName;
  /** What the failure must say. */
  readonly says: RegExp;
}

const bounds = "if (i >= params.size)";

export const shaderMutations: readonly ShaderMutation[] = [
  {
    breaks: "computes something else",
    kernel: "elementwise/mul",
    edits: [["a[i] * b[i]", "a[i] + b[i]"]],
    op: "mul",
    check: "computes the reference's values",
    says: /^mul \/ \[\], seed 1: 1 of 1 differ, the worst y\[\]: expected \S+ ± \S+, got \S+\. The first:\n {2}y\[\]: /,
  },
  {
    breaks: "forgets that an edge is reflected",
    kernel: "blur-pool2d/backward",
    edits: [["reflectIndex(2i * out + a, extent) == place", "2i * out + a == place"]],
    op: "blurPool2d",
    sample: "[1, 2, 3, 4]",
    check: "has the gradients of central differences",
    says: /^blurPool2d \/ \[1, 2, 3, 4\]/,
  },
  {
    breaks: "takes the pixel on the wrong side",
    kernel: "upsample-bilinear2d/forward",
    edits: [["place % 2u == 1u", "place % 2u == 0u"]],
    op: "upsampleBilinear2d",
    sample: "[2, 3, 5, 3]",
    check: "computes the reference's values",
    says: /^upsampleBilinear2d \/ \[2, 3, 5, 3\], seed 1: \d+ of 360 differ/,
  },
  {
    breaks: "gives the edge no more than an inner pixel",
    kernel: "upsample-bilinear2d/backward",
    edits: [["select(0.75, 1.0, last)", "0.75"]],
    op: "upsampleBilinear2d",
    sample: "[2, 3, 5, 3]",
    check: "has the adjoint of a linear map",
    says: /^upsampleBilinear2d \/ \[2, 3, 5, 3\]/,
  },
  {
    breaks: "reads every image at the places of the first",
    kernel: "gather-pixels/backward",
    edits: [["row / params.count * params.pixels + u32", "u32"]],
    op: "gatherPixels",
    sample: "3 of [2, 3, 5, 4]",
    check: "has the adjoint of a linear map",
    says: /^gatherPixels \/ 3 of \[2, 3, 5, 4\]/,
  },
  {
    breaks: "takes the length for a constant",
    kernel: "l2-normalize/backward",
    edits: [["scale * scale * product / norm", "0.0"]],
    op: "l2Normalize",
    sample: "[3, 4]",
    check: "has the gradients of central differences",
    says: /^l2Normalize \/ \[3, 4\]/,
  },
  {
    breaks: "leaves the scale out of a gradient",
    kernel: "batch-norm/apply-grad",
    edits: [["weight[c] * rstd * select", "rstd * select"]],
    op: "batchNormBy",
    sample: "[3, 2, 3, 3], slope 1",
    check: "has the gradients of central differences",
    says: /^batchNormBy \/ \[3, 2, 3, 3\], slope 1/,
  },
  {
    breaks: "mixes up the random words of its four elements",
    kernel: "elementwise/dropout",
    edits: [["words[lane] >=", "words[3u - lane] >="]],
    op: "dropout",
    sample: "p 0.1",
    check: "computes the reference's values",
    says: /^dropout \/ p 0.1, seed 1: \d+ of 335 differ/,
  },
  {
    breaks: "overflows at ±80",
    kernel: "elementwise/tanh",
    edits: [
      ["exp(-2.0 * abs(value))", "exp(-2.0 * value)"],
      ["sign(value) * (1.0 - e)", "(1.0 - e)"],
    ],
    op: "tanh",
    check: "computes the reference's values",
    says: /large arguments.*got NaN/,
  },
  {
    breaks: "takes a variance as E[x²] − E[x]²",
    kernel: "norm/forward",
    edits: [
      [
        "own = joined(own, Moments(count, values[i] - origin, Vec(0.0)));",
        "let value = count * values[i]; own = Moments(own.count + count, own.mean + value, own.squares + value * value);",
      ],
      [
        "let all = joinedRows(",
        "own.mean /= max(1.0, own.count); own.squares -= own.mean * own.mean * own.count; let all = joinedRows(",
      ],
      ["origin + all.mean", "all.mean"],
    ],
    op: "instanceNorm",
    check: "computes the reference's values",
    says: /mean 100, deviation 0.1, seed 1: \d+ of 256 differ/,
  },
  {
    breaks: "joins ranges without their distance",
    kernel: "norm/forward",
    edits: [["distance * (a.count * share)", "distance * select(0.0, a.count * share, b.count == 1.0)"]],
    op: "instanceNorm",
    check: "computes the reference's values",
    says: /\[1, 23, 25, 4\]/,
  },
  {
    breaks: "counts the last pixel again where a batch of loads goes past it",
    kernel: "norm/forward",
    edits: [["select(0.0, 1.0, first + i * ROWS < place.count)", "1.0"]],
    op: "instanceNorm",
    sample: "[2, 3, 5, 4], slope 1",
    check: "gives the same result as on the other kind of adapter",
    says: /\[2, 3, 5, 4\], slope 1, seed 1: \d+ of 120 differ/,
  },
  {
    breaks: "writes past the end of a batch",
    kernel: "norm/forward",
    edits: [["if (first + i * ROWS < place.count) {", "{"]],
    op: "instanceNorm",
    sample: "[2, 3, 5, 4], slope 1",
    check: "gives the same result as on the other kind of adapter",
    says: /^instanceNorm: a guard word after the tensor was overwritten/,
  },
  {
    breaks: "adds the last gradient again where a batch of loads goes past it",
    kernel: "norm/backward",
    edits: [["select(Vec(0.0), terms[i].g, first + i * ROWS < place.count)", "terms[i].g"]],
    op: "instanceNorm",
    sample: "[2, 3, 5, 4], slope 1",
    check: "gives the same result as on the other kind of adapter",
    says: /\[2, 3, 5, 4\], slope 1, seed 1: \d+ of 120 differ, the worst dx/,
  },
  {
    breaks: "leaves half of an image out when a workgroup has all of it",
    kernel: "norm/forward",
    edits: [["half > 0u", "half > 1u"]],
    op: "instanceNorm",
    sample: "[2, 5, 7, 128]",
    check: "gives the same result as on the other kind of adapter",
    says: /\[2, 5, 7, 128\], seed 1: \d+ of 8960 differ/,
  },
  {
    breaks: "repeats the edge instead of reflecting",
    kernel: "conv2d/forward",
    edits: [["return last - abs(last - abs(i));", "return clamp(i, 0, last);"]],
    op: "conv2d",
    sample: "reflect 1",
    check: "gives the same result with every variant",
    says: /3×3 reflect 1/,
  },
  {
    breaks: "mixes up its tiles of channels",
    kernel: "conv2d/transposed",
    edits: [["position * params.channels + firstOutput", "position * params.channels - firstOutput"]],
    op: "convTranspose2d",
    sample: "tiles of channels",
    check: "gives the same result with every variant",
    // An index below 0 may be moved to the end of the buffer, where the guard words are.
    says: /tiles of channels, seed 1: \d+ of \d+ differ|a guard word/,
  },
  {
    breaks: "leaves the last element unwritten",
    kernel: "elementwise/mul",
    edits: [[bounds, "if (i + 1u >= params.size)"]],
    op: "mul",
    check: "computes the reference's values",
    says: /1 of 1 differ, the worst y\[\]: .*got NaN/,
  },
  {
    breaks: "adds to what it should overwrite",
    kernel: "elementwise/mul",
    edits: [["y[i] = ", "y[i] += "]],
    op: "mul",
    check: "computes the reference's values",
    says: /got NaN/,
  },
  {
    breaks: "writes past the end",
    kernel: "elementwise/mul",
    edits: [[bounds, "if (i > params.size)"]],
    op: "mul",
    check: "computes the reference's values",
    says: /^mul: a guard word after the tensor was overwritten/,
  },
  {
    breaks: "writes past the end of scratch memory",
    kernel: "loss/mse-partial",
    edits: [["if (t >= params.threads)", "if (t > params.threads)"]],
    op: "mseLoss",
    check: "writes nothing past the end of its scratch memory",
    says: /^a tensor of \d+ bytes: a guard word after the tensor was overwritten/,
  },
  {
    breaks: "has a slightly wrong logarithm",
    kernel: "loss/bce-with-logits-partial",
    edits: [["1.0 / 7.0 + q", "1.0 / 7.0 - q"]],
    op: "bceWithLogitsLoss",
    sample: "near 0",
    check: "computes the reference's values",
    says: /logits near 0, seed 1: 1 of 1 differ/,
  },
  {
    breaks: "has a wrong derivative",
    kernel: "elementwise/tanh-grad",
    edits: [["1.0 - y * y", "1.0 - y"]],
    op: "tanh",
    check: "has the gradients of central differences",
    says: /^tanh \/ .*the worst dx/,
  },
  {
    breaks: "forgets the last pixel of a split",
    kernel: "conv2d/weight-grad",
    edits: [["pixel < end", "pixel + 1u < end"]],
    op: "conv2d",
    sample: "in splits",
    check: "gives the same result with every variant",
    says: /the worst dweight/,
  },
  {
    // What a well-known engine does for the gradient of its mirror padding.
    breaks: "only slices where reflections should be added",
    kernel: "reflection-pad2d/backward",
    edits: [["1u + u32(hasLow) + u32(hasHigh)", "1u"]],
    op: "reflectionPad2d",
    check: "has the adjoint of a linear map",
    says: /⟨dy, J x⟩: expected/,
  },
];

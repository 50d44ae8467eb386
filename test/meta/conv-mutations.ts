import type { KernelName } from "../../src/gpu/kernel-arguments.js";
import type { ConvPass } from "../../src/ops/conv/pass.js";
import type { ConvSizes } from "../support/conv-problem.js";

/** A fault in a kernel that stages tiles, which the checks of test/support/conv-checks.ts must report. */
export interface ConvMutation {
  readonly breaks: string;
  readonly kernel: KernelName;
  readonly edits: readonly (readonly [from: string, to: string])[];
  readonly pass: ConvPass;
  readonly sizes: ConvSizes;
  /** What the failure must say. */
  readonly says: RegExp;
}

/** A depth of 36 and 20 channels, neither a multiple of the 16 that are staged at once; 35 pixels, a tile and three more. */
const ragged: ConvSizes = ["ragged", [1, 5, 7, 4], [3, 3, 20], { padding: 1 }];
/** Two vec4 of channels, half a slice; four windows of Winograd, of which two are one image's. */
const short: ConvSizes = ["short", [2, 7, 6, 8], [3, 3, 4], {}];

const wrong = /: element \d+ is /;
const beyond = /to be less than/;
const written = /a guard word after the tensor was overwritten/;

export const tiledMutations: readonly ConvMutation[] = [
  {
    breaks: "multiplies what lies past the end of the depth",
    kernel: "conv2d/forward-tiled",
    edits: [["inside[i] && place < depth", "inside[i]"]],
    pass: "forward",
    sizes: ragged,
    says: wrong,
  },
  {
    breaks: "repeats the last row of the weight but one",
    kernel: "conv2d/forward-tiled",
    edits: [["(4u * depth - 1u)", "(4u * depth - 2u)"]],
    pass: "forward",
    sizes: ragged,
    says: wrong,
  },
  {
    breaks: "writes pixels past the last",
    kernel: "conv2d/forward-tiled",
    edits: [["if (pixel < params.pixels && output", "if (output"]],
    pass: "forward",
    sizes: ragged,
    says: written,
  },
  {
    breaks: "multiplies what lies past the end of the depth",
    kernel: "conv2d/transposed-tiled",
    edits: [["inside[i] && place < depth", "inside[i]"]],
    pass: "transposed",
    sizes: ragged,
    says: wrong,
  },
  {
    breaks: "takes the last vec4 of channels for one",
    kernel: "conv2d/transposed-tiled",
    edits: [["4u * params.channels - 1u)", "4u * params.channels - 4u)"]],
    pass: "transposed",
    sizes: ragged,
    says: wrong,
  },
  {
    breaks: "multiplies what lies past the end of a line",
    kernel: "conv2d/weight-grad-tiled",
    edits: [["select(vec4f(), nextX[i], inside[i])", "nextX[i]"]],
    pass: "weightGrad",
    sizes: ragged,
    says: wrong,
  },
  {
    breaks: "repeats the last gradient but one",
    kernel: "conv2d/weight-grad-tiled",
    edits: [["params.outWidth - 1u)", "params.outWidth - 2u)"]],
    pass: "weightGrad",
    sizes: ragged,
    says: wrong,
  },
];

export const winogradMutations: readonly ConvMutation[] = [
  {
    breaks: "multiplies what lies past the end of the depth",
    kernel: "winograd/multiply-tiled",
    edits: [["select(vec4f(), nextA[i], place < params.depth)", "nextA[i]"]],
    pass: "forward",
    sizes: short,
    says: beyond,
  },
  {
    breaks: "repeats the last row of the second factor but one",
    kernel: "winograd/multiply-tiled",
    edits: [["params.columns - params.columns + staged", "params.columns - 2u * params.columns + staged"]],
    pass: "transposed",
    sizes: short,
    says: beyond,
  },
  {
    breaks: "writes rows past the last",
    kernel: "winograd/multiply-tiled",
    edits: [["if (own < params.rows && column", "if (column"]],
    pass: "forward",
    sizes: short,
    says: /a guard word after the tensor was overwritten|to be less than/,
  },
  {
    breaks: "multiplies what lies past the end of the depth",
    kernel: "winograd/multiply-grad-tiled",
    edits: [["select(vec4f(), nextA[i], aPlace + i * (WORKGROUP / TILE_ROWS) < params.depth)", "nextA[i]"]],
    pass: "weightGrad",
    sizes: short,
    says: beyond,
  },
  {
    breaks: "repeats the last place of the depth but one",
    kernel: "winograd/multiply-grad-tiled",
    edits: [["let last = params.depth - 1u;", "let last = params.depth - 2u;"]],
    pass: "weightGrad",
    sizes: short,
    says: beyond,
  },
  {
    breaks: "exchanges the rows of a vec4",
    kernel: "winograd/multiply-grad-tiled",
    edits: [["4u + r % 4u)", "4u + 3u - r % 4u)"]],
    pass: "weightGrad",
    sizes: short,
    says: beyond,
  },
];

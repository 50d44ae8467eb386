import { jit, lax, nn, vjp, type Array as Tensor } from "@jax-js/jax";
import type { PreparedWork, Sample, Tensors } from "../engine.js";
import type { ConvWork, NormWork } from "../work.js";
import { conv, instanceNorm, load, reflect, transposedByPhases, unload } from "./operations.js";

type Operation = (x: Tensor, weight: Tensor, dy: Tensor) => Tensor;

/** Compiled work with one result. Operands that it does not use cost nothing. */
function prepared(operation: Operation, operands: readonly [Tensor, Tensor, Tensor]): PreparedWork {
  const compiled = jit(operation);
  const [x, weight, dy] = operands;
  const run = () => compiled(x.ref, weight.ref, dy.ref);
  const record = () => submit(run());
  const arm = (repeats: number): Sample => ({ runs: Array.from({ length: repeats }, () => record) });
  const release = (): void => {
    compiled.dispose();
    for (const operand of operands) operand.dispose();
  };
  return { arm, results: async () => new Map([["result", await unload(run())]]), release };
}

/** Submits the work of a result, because arrays are lazy, and releases the result. */
export async function submit(result: Tensor): Promise<void> {
  await result.gpuBuffer();
}

/** dw[c, o, kh, kw] = Σ x[c, h, w] · dy[o, 2h + kh − padding, 2w + kw − padding], as a convolution with a dilated kernel. */
function transposedWeightGradient(x: Tensor, dy: Tensor, kernel: number, padding: number): Tensor {
  const [size = 0, outSize = 0] = [x.shape[2], dy.shape[2]];
  const after = kernel + 2 * (size - 1) - outSize - padding;
  const [wide, narrow] = [dy.transpose([1, 0, 2, 3]), x.transpose([1, 0, 2, 3])];
  const sides: [number, number] = [padding, after];
  return lax.convGeneralDilated(wide, narrow, [1, 1], [sides, sides], { rhsDilation: [2, 2] }).transpose([1, 0, 2, 3]);
}

function operationOf({ layer, pass }: ConvWork): Operation {
  const { stride, padding, reflect: reflects, transposed = false, size, kernel } = layer;
  const forward = (x: Tensor, weight: Tensor): Tensor => {
    if (transposed) return transposedByPhases(x, weight, padding, size);
    return reflects ? conv(reflect(x, padding), weight, stride, [0, 0]) : conv(x, weight, stride, [padding, padding]);
  };
  if (pass === "forward") return (x, weight) => forward(x, weight);
  if (pass === "weight gradient") {
    if (transposed) return (x, _weight, dy) => transposedWeightGradient(x, dy, kernel, padding);
    return (x, weight, dy) => pulledBack((w) => forward(x, w), weight, dy);
  }
  if (transposed) return (_x, weight, dy) => conv(dy, weight, stride, [padding, padding]);
  if (stride === 2) return (_x, weight, dy) => transposedByPhases(dy, weight, padding, size);
  return (x, weight, dy) => pulledBack((x) => forward(x, weight), x, dy);
}

/** The gradient dx of f's argument x, from the gradient dy of its result. */
function pulledBack(f: (x: Tensor) => Tensor, x: Tensor, dy: Tensor): Tensor {
  const [y, pull] = vjp(f, [x]);
  y.dispose();
  const [dx] = pull(dy);
  pull.dispose();
  return dx;
}

export function prepareConv(work: ConvWork, inputs: Tensors): PreparedWork {
  return prepared(operationOf(work), [load(inputs, "x"), load(inputs, "weight"), load(inputs, "dy")]);
}

export function prepareNorm({ pass }: NormWork, inputs: Tensors): PreparedWork {
  const forward = (x: Tensor): Tensor => nn.relu(instanceNorm(x));
  const operation: Operation = pass === "forward" ? (x) => forward(x) : (x, _weight, dy) => pulledBack(forward, x, dy);
  // There is no weight, so dy is passed in its place.
  return prepared(operation, [load(inputs, "x"), load(inputs, "dy"), load(inputs, "dy")]);
}

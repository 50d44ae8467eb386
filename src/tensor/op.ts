/** `defineOp`: makes a differentiable op from its shape rule, forward and backward. */
import type { DType } from "../dtype.js";
import { DeviceError } from "../errors.js";
import { gradEnabled, wantsGrad } from "./grad-mode.js";
import type { Gpu } from "../gpu/gpu.js";
import { GraphNode, type Edge, type SumSoFar } from "./graph.js";
import type { Shape } from "../shape.js";
import { SavedTensors } from "./saved-tensors.js";
import { Tensor } from "./tensor.js";

/** An op's tensors by name. Optional ones may be absent. */
type Tensors = Readonly<Record<string, Tensor | undefined>>;

interface Call<Attributes> {
  readonly gpu: Gpu;
  readonly attrs: Attributes;
  /** Scratch memory of float32 with undefined content. Release it with `using`, or return it in `saved`. */
  readonly temporary: (shape: Shape) => Tensor;
}

export interface ForwardCall<Inputs, Attributes> extends Call<Attributes> {
  readonly inputs: Inputs;
  /** The output to write, in the shape that `shape` returned. */
  readonly y: Tensor;
}

/** The memory that a gradient is written to. */
export interface Destination {
  readonly to: Tensor;
  /** True if the gradient must be added to the content. Otherwise the content is undefined and must be overwritten. */
  readonly adds: boolean;
}

export interface BackwardCall<Inputs, Attributes, Saved> extends Call<Attributes> {
  readonly saved: Saved;
  /** The gradient of the output. It may be returned as the gradient of several inputs. */
  readonly dy: Tensor;
  /** Whether the gradient of this input is wanted. Do not compute it otherwise. */
  readonly needs: (input: keyof Inputs & string) => boolean;
  /** Memory to write the gradient of this input to, in its shape. */
  readonly gradient: (input: keyof Inputs & string) => Tensor;
  /**
   * The same for a kernel that can add. If the input already has a gradient from another use, this is that gradient. The kernel
   * must round its own contribution first, so that the sum has the bits of a separate addition.
   */
  readonly destination: (input: keyof Inputs & string) => Destination;
}

/** `Gradients` with only the names of inputs. Optional keys alone would allow other names. */
type Only<Gradients, Inputs> = Gradients & { readonly [K in Exclude<keyof Gradients, keyof Inputs>]: never };

export interface OpDefinition<
  Inputs extends Tensors,
  Attributes,
  Saved extends Tensors,
  Gradients extends Tensors = { readonly [K in keyof Inputs]?: Tensor | undefined },
> {
  /** Names the op in errors, graphs and traces. */
  readonly name: string;
  /** How the output is stored; by default as the first input. Sums over many elements are float32. */
  readonly dtype?: DType;
  /** The shape of the output. Throws ShapeError when the inputs or attributes do not fit. */
  shape(inputs: Inputs, attrs: Attributes): Shape;
  /** Dispatches the kernels that write `y`, and returns the tensors that `backward` will need. */
  forward(call: ForwardCall<Inputs, Attributes>): Saved;
  /** Dispatches the kernels for the gradients that are needed, and returns these gradients. */
  backward(call: BackwardCall<Inputs, Attributes, Saved>): Only<Gradients, Inputs>;
}

/**
 * Makes a differentiable op from its shape rule, forward and backward.
 *
 * It is curried so that you state the inputs and attributes, and what `forward` saves is inferred:
 * `defineOp<{ x: Tensor }, { slope: number }>()({ … })`.
 */
export function defineOp<Inputs extends Tensors, Attributes = Record<never, never>>() {
  return <Saved extends Tensors, Gradients extends Tensors>(op: OpDefinition<Inputs, Attributes, Saved, Gradients>) =>
    (inputs: Inputs, attrs: Attributes): Tensor => {
      const first = firstOf(op.name, inputs);
      const { gpu } = first;
      const y = Tensor.empty(gpu, op.shape(inputs, attrs), op.name, op.dtype ?? first.dtype);
      const temporary = (shape: Shape): Tensor => Tensor.untracked(gpu, shape, `${op.name} temporary`);
      gpu.observer?.begin?.();
      const saved = op.forward({ gpu, inputs, attrs, y, temporary });
      const { observer } = gpu;
      observer?.observe({ op: op.name, pass: "forward", path: observer.path, reads: inputs, writes: { y } });
      record(op, gpu, inputs, attrs, y, saved, temporary);
      return y;
    };
}

/** The first input. Throws DeviceError if there is none, or if another one is on another device. */
function firstOf(name: string, inputs: Tensors): Tensor {
  let first: Tensor | undefined;
  for (const input in inputs) {
    const tensor = inputs[input];
    first ??= tensor;
    if (tensor && first && tensor.gpu !== first.gpu) {
      throw new DeviceError(`${name}: expected tensors of one device, got "${first.label}" and "${tensor.label}" of two.`);
    }
  }
  if (!first) throw new DeviceError(`${name}: expected at least one tensor, got none.`);
  return first;
}

/** Where the gradient of an input goes; undefined if it wants none. */
export function edgeOf(tensor: Tensor | undefined): Edge<Tensor> {
  if (!tensor || !wantsGrad(tensor)) return undefined;
  return tensor.node ? { node: tensor.node } : { leaf: tensor };
}

/** Adds the call to the graph if a gradient may be needed. Otherwise releases the tensors that it saved. */
function record<Inputs extends Tensors, Attributes, Saved extends Tensors, Gradients extends Tensors>(
  op: OpDefinition<Inputs, Attributes, Saved, Gradients>,
  gpu: Gpu,
  inputs: Inputs,
  attrs: Attributes,
  y: Tensor,
  saved: Saved,
  temporary: (shape: Shape) => Tensor,
): void {
  const names = Object.keys(inputs);
  const edges = gradEnabled() ? names.map((name) => edgeOf(inputs[name])) : [];
  const recorded = edges.some((edge) => edge !== undefined);
  const handles = new Set<Tensor | undefined>([y, ...Object.values(inputs)]);
  // The caller may release its handles, so new handles are saved. Scratch memory has no other handle.
  const held: Record<string, Tensor> = {};
  for (const [name, tensor] of Object.entries(saved)) {
    if (!tensor) continue;
    if (recorded) held[name] = handles.has(tensor) ? tensor.alias() : tensor;
    else if (!handles.has(tensor)) tensor.release();
  }
  if (!recorded) return;

  const likes = names.map((name) => ({ shape: inputs[name]?.shape ?? [], dtype: inputs[name]?.dtype ?? "float32" }) as const);
  const gradient = (name: string): Tensor => {
    const index = names.indexOf(name);
    const edge = edges[index];
    const label = `gradient of ${op.name} ${name}`;
    const { shape = [], dtype } = likes[index] ?? {};
    return edge && "leaf" in edge ? edge.leaf.claimGradient(label) : Tensor.untracked(gpu, shape, label, dtype);
  };
  const destination = (name: string, sumSoFar: SumSoFar<Tensor>): Destination => {
    const sum = sumSoFar(edges[names.indexOf(name)]);
    // No other handle may see the sum, and an observer must be shown the op's own gradient.
    const adds = sum?.storage.references === 1 && !gpu.observer?.readsValues;
    return adds ? { to: sum, adds } : { to: gradient(name), adds: false };
  };
  const needs = (name: string): boolean => edges[names.indexOf(name)] !== undefined;
  const path = gpu.observer?.path ?? "";
  const pullback = (dy: Tensor, sumSoFar: SumSoFar<Tensor>): (Tensor | undefined)[] => {
    gpu.observer?.begin?.();
    const inputDestination = (name: string): Destination => destination(name, sumSoFar);
    // `held` has exactly the names in `saved`.
    const call = { gpu, attrs, saved: held as Saved, dy, needs, gradient, destination: inputDestination, temporary };
    const gradients = op.backward(call);
    gpu.observer?.observe({ op: op.name, pass: "backward", path, reads: { ...held, dy }, writes: gradients });
    return names.map((name) => gradients[name]);
  };
  const named = names.map((name) => [name, inputs[name]] as const);
  const call = { op: op.name, shape: y.shape, edges, inputs: named, saved: new SavedTensors(op.name, held), pullback };
  y.attach(new GraphNode(call));
}

/** Modules: parts of a network with named parameters, and combinations of them. */
import { within } from "../gpu/observer.js";
import type { Tensor } from "../tensor/tensor.js";

/**
 * The kind of a parameter, which decides the order of its axes and its initial values:
 *
 * - `conv` `[kh, kw, in, out]` and `convTranspose` `[kh, kw, out, in]`: the kernel of a convolution.
 * - `linear` `[in, out]`: the weight of a linear layer.
 * - `vector` `[c]`: a bias.
 * - `scale` `[c]`: the weight of a batch norm.
 * - `direction` `[out]` or `[kh, kw, in]`: a singular vector of a kernel. The network updates it, not an optimizer.
 * - `mean` `[c]`, `variance` `[c]`, `count` `[1]`: running statistics of a batch norm. The network updates them, not an optimizer.
 * - `filter` `[kh, kw, 1, c]`: a fixed filter of each channel, which is never changed.
 */
export type ParameterKind = "conv" | "convTranspose" | "linear" | "vector" | "scale" | "direction" | "mean" | "variance" | "count" | "filter";

/** The kinds that PyTorch calls buffers: they are saved, but no parameters. */
const buffers: ReadonlySet<ParameterKind> = new Set<ParameterKind>(["direction", "mean", "variance", "count", "filter"]);

export interface Parameter {
  readonly tensor: Tensor;
  readonly kind: ParameterKind;
  /** The values of a filter. */
  readonly fixed?: Float32Array;
}

/** Something with named parameters. */
export interface ParameterSet {
  /** Every parameter by its name in PyTorch's state_dict, in that order. */
  parameters(): ReadonlyMap<string, Parameter>;
}

/** A part of a network: a function of a tensor with named parameters. */
export interface Module extends ParameterSet {
  forward(x: Tensor): Tensor;
}

/** `module` under a name, which observers of ops see before the names of its parts. */
export function titled(name: string, module: Module): Module {
  return {
    forward: (x) => within(x.gpu, name, () => module.forward(x)),
    parameters: () => module.parameters(),
  };
}

/** A module without parameters. */
export function stateless(forward: (x: Tensor) => Tensor): Module {
  const none: ReadonlyMap<string, Parameter> = new Map();
  return { forward, parameters: () => none };
}

/** Applies modules one after the other. A tensor between two modules is released once the second has run, unless the graph needs it. */
function forwardThrough(modules: readonly Module[], x: Tensor): Tensor {
  using scope = x.gpu.scope("modules in sequence");
  let value = x;
  for (const module of modules) {
    const next = module.forward(value);
    if (next !== value) scope.drop(value);
    value = next;
  }
  return scope.keep(value);
}

/** Modules applied one after the other. The parameters keep their names, which must differ. */
export function joined(modules: readonly Module[]): Module {
  return {
    forward: (x) => forwardThrough(modules, x),
    parameters: () => new Map(modules.flatMap((module) => [...module.parameters()])),
  };
}

/**
 * Modules applied one after the other. Each module's name is a prefix of its parameters' names. PyTorch's names are positions
 * in its list of layers, so a gap means a layer that is fused into its neighbour here.
 */
export class Sequential implements Module {
  readonly #layers: readonly (readonly [name: string, layer: Module])[];
  readonly #titled: readonly Module[];

  constructor(layers: readonly (readonly [name: string | number, layer: Module])[]) {
    this.#layers = layers.map(([name, layer]) => [String(name), layer]);
    this.#titled = this.#layers.map(([name, layer]) => titled(name, layer));
  }

  forward(x: Tensor): Tensor {
    return forwardThrough(this.#titled, x);
  }

  parameters(): ReadonlyMap<string, Parameter> {
    return prefixed(this.#layers);
  }
}

/** The parameters of several modules, each name prefixed by its module's. */
export function prefixed(modules: readonly (readonly [name: string, module: ParameterSet])[]): ReadonlyMap<string, Parameter> {
  const all = new Map<string, Parameter>();
  for (const [prefix, module] of modules) {
    for (const [name, parameter] of module.parameters()) all.set(`${prefix}.${name}`, parameter);
  }
  return all;
}

/** The tensors of a module's parameters. */
export function parameterTensors(module: ParameterSet): Tensor[] {
  return [...module.parameters().values()].map(({ tensor }) => tensor);
}

/** The tensors that an optimizer trains. */
export function trainedTensors(module: ParameterSet): Tensor[] {
  return parameterTensors(module).filter((tensor) => tensor.requiresGrad);
}

/** The number of parameters as PyTorch counts them: including biases without effect, excluding buffers such as running statistics. */
export function parameterCount(module: ParameterSet): number {
  return [...module.parameters().values()].reduce((count, { kind, tensor }) => count + (buffers.has(kind) ? 0 : tensor.size), 0);
}

/** Releases a module's parameters. It cannot be used afterwards. */
export function releaseModule(module: ParameterSet): void {
  for (const tensor of parameterTensors(module)) tensor.release();
}

import { within } from "../gpu/observer.js";
import type { Tensor } from "../tensor/tensor.js";

/**
 * What a parameter is, and so how its axes are ordered and how it starts: the kernel of a convolution, `conv`
 * [kh, kw, in, out] or `convTranspose` [kh, kw, out, in]; a bias, `vector` [c]; the weight of a batch norm, `scale` [c]; a singular
 * vector of a kernel, `direction` [out] or [kh, kw, in], which the network keeps and no optimizer trains.
 */
export type ParameterKind = "conv" | "convTranspose" | "vector" | "scale" | "direction";

export interface Parameter {
  readonly tensor: Tensor;
  readonly kind: ParameterKind;
}

/** A part of a network: a function of a tensor with named parameters. */
export interface Module {
  forward(x: Tensor): Tensor;
  /** Every parameter by the name PyTorch's state_dict has for it, in that order. */
  parameters(): ReadonlyMap<string, Parameter>;
}

/** `module` under a name of its own, which stands in front of its parts' names where ops are observed. */
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

/** Modules applied one after the other. What lies between two is released once the next has run, unless the graph needs it. */
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

/** Modules applied one after the other, their parameters under the names they have, which must differ. */
export function joined(modules: readonly Module[]): Module {
  return {
    forward: (x) => forwardThrough(modules, x),
    parameters: () => new Map(modules.flatMap((module) => [...module.parameters()])),
  };
}

/**
 * Modules applied one after the other. Their names prefix those of their parameters; PyTorch's are the positions in its
 * own list, so gaps stand for layers that are fused into a neighbour here.
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

/** The parameters of several modules, each name behind its module's. */
export function prefixed(modules: readonly (readonly [name: string, module: Module])[]): ReadonlyMap<string, Parameter> {
  const all = new Map<string, Parameter>();
  for (const [prefix, module] of modules) {
    for (const [name, parameter] of module.parameters()) all.set(`${prefix}.${name}`, parameter);
  }
  return all;
}

/** The tensors of a module's parameters. */
export function parameterTensors(module: Module): Tensor[] {
  return [...module.parameters().values()].map(({ tensor }) => tensor);
}

/** The tensors that an optimizer changes. */
export function trainedTensors(module: Module): Tensor[] {
  return parameterTensors(module).filter((tensor) => tensor.requiresGrad);
}

/** Number of parameters, as PyTorch counts them: biases without effect too, directions not. */
export function parameterCount(module: Module): number {
  return [...module.parameters().values()].reduce((count, { kind, tensor }) => count + (kind === "direction" ? 0 : tensor.size), 0);
}

/** Gives a module's parameters back; it is unusable afterwards. */
export function releaseModule(module: Module): void {
  for (const tensor of parameterTensors(module)) tensor.release();
}

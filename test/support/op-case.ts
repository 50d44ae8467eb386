import type { Gpu } from "../../src/gpu/gpu.js";
import type { Shape } from "../../src/shape.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import type { Draw, Values } from "./float64.js";

/** One `T` for each input: those of `Name`, and perhaps those of `Optional`. */
export type Named<Name extends string, Optional extends string, T> = { readonly [N in Name]: T } & {
  readonly [N in Optional]?: T;
};

/** An input's shape, and how its elements are drawn: standard normal by default. */
export interface InputSpec {
  readonly shape: Shape;
  readonly draw?: Draw;
}

export interface Sample<Name extends string, Optional extends string, Attrs> {
  readonly name: string;
  readonly inputs: Named<Name, Optional, InputSpec>;
  readonly attrs: Attrs;
  /** How much the op must amplify the rounding of these inputs, default 1. Multiplies the tolerances. */
  readonly condition?: number;
  /** Step of the central differences, default 1e-5; small beside the scale on which the function bends. */
  readonly step?: number;
}

export interface ErrorCase {
  readonly name: string;
  readonly call: (gpu: Gpu) => unknown;
  readonly error: new (message: string) => Error;
  readonly message: RegExp;
}

/** Rounded operations behind one output element, and behind one element of any gradient. */
export interface Terms {
  readonly forward: number;
  readonly gradient: number;
}

/** An op, what it should compute, and what to try it with. */
export interface OpCase<Name extends string, Optional extends string, Attrs> {
  readonly name: string;
  /** The public function. */
  run(inputs: Named<Name, Optional, Tensor>, attrs: Attrs): Tensor;
  /** The same in float64, by plain loops that follow the definition. */
  reference(inputs: Named<Name, Optional, Values>, attrs: Attrs): Values;
  /** From what the tolerances are derived. */
  terms(inputs: Named<Name, Optional, InputSpec>, attrs: Attrs): Terms;
  /** Inputs in each of which the output is affine while the others stand. */
  readonly linear?: readonly (Name | Optional)[];
  /** Inputs that never have a gradient. */
  readonly constants?: readonly (Name | Optional)[];
  /** Ways to compute it that a device may choose among, by name, and by how much each may amplify rounding. */
  readonly variants?: ReadonlyMap<string, number>;
  readonly samples: readonly Sample<Name, Optional, Attrs>[];
  readonly errors?: readonly ErrorCase[];
}

import type { Gpu } from "../../src/gpu/gpu.js";
import type { Shape } from "../../src/shape.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import type { Draw, Values } from "./float64.js";

/** One `T` for each input in `Name`, and optionally for each one in `Optional`. */
export type Named<Name extends string, Optional extends string, T> = { readonly [N in Name]: T } & {
  readonly [N in Optional]?: T;
};

/** The shape of an input, and the distribution of its elements, by default standard normal. */
export interface InputSpec {
  readonly shape: Shape;
  readonly draw?: Draw;
}

export interface Sample<Name extends string, Optional extends string, Attrs> {
  readonly name: string;
  readonly inputs: Named<Name, Optional, InputSpec>;
  readonly attrs: Attrs;
  /** A factor for the tolerances: how much the op amplifies the rounding of these inputs. Default 1. */
  readonly condition?: number;
  /** The step of the central differences, default 1e-5. It must be small compared with the scale of the function's curvature. */
  readonly step?: number;
}

export interface ErrorCase {
  readonly name: string;
  readonly call: (gpu: Gpu) => unknown;
  readonly error: new (message: string) => Error;
  readonly message: RegExp;
}

/** The number of rounded operations for one element of the output, and for one element of any gradient. */
export interface Terms {
  readonly forward: number;
  readonly gradient: number;
}

/** An op with its reference, samples and error cases. */
export interface OpCase<Name extends string, Optional extends string, Attrs> {
  readonly name: string;
  /** The public function. */
  run(inputs: Named<Name, Optional, Tensor>, attrs: Attrs): Tensor;
  /** The reference in float64, written as plain loops that follow the definition. */
  reference(inputs: Named<Name, Optional, Values>, attrs: Attrs): Values;
  /** The numbers from which tolerances are derived. */
  terms(inputs: Named<Name, Optional, InputSpec>, attrs: Attrs): Terms;
  /** Inputs in which the output is affine if the other inputs are constant. */
  readonly linear?: readonly (Name | Optional)[];
  /** Inputs that are float32 even if the others are float16, such as weights. */
  readonly parameters?: readonly (Name | Optional)[];
  /** Inputs that never have a gradient. */
  readonly constants?: readonly (Name | Optional)[];
  /** The names of its kernel variants, each with the factor by which it may amplify rounding errors. */
  readonly variants?: ReadonlyMap<string, number>;
  readonly samples: readonly Sample<Name, Optional, Attrs>[];
  readonly errors?: readonly ErrorCase[];
}

/** What a dispatch takes: a kernel, its arguments under the names that its WGSL gives them, and its grid. */
import type { DType } from "../dtype.js";
import type { shaders } from "../generated/shaders.js";
import type { Gpu } from "./gpu.js";
import type { Storage } from "./pool.js";

type Shaders = typeof shaders;

/** A kernel of the engine: a file of `shaders/`. */
export type KernelName = keyof Shaders;

/**
 * A kernel of a user.
 *
 * Its WGSL is written as those in `shaders/`: it may include `lib/…` of that folder, its last binding is
 * `var<uniform> params: Params`, and it has a constant `WORKGROUP`. Keep the object `as const`, so that TypeScript checks the
 * names of a dispatch's arguments against the text.
 */
export interface KernelSource {
  /** Names the kernel in errors and profiles. */
  readonly name: string;
  readonly wgsl: string;
}

/** Anything in device memory: a tensor, or a part of one. */
export interface Bindable {
  readonly storage: Storage;
  /** The device whose memory it is. Unchecked if it is not given. */
  readonly gpu?: Gpu;
  /** Default float32. */
  readonly dtype?: DType;
}

/** A kernel's arguments by the names its WGSL gives them: buffers and 4-byte parameters. */
export type KernelArguments<K extends KernelName | KernelSource> = K extends KernelName
  ? ArgumentsByName<K>
  : K extends KernelSource
    ? ArgumentsByWgsl<K["wgsl"]>
    : never;

type ArgumentsByName<Name extends KernelName> = {
  readonly [B in Shaders[Name]["bindings"][number] as B["name"]]: Bindable;
} & { readonly [P in keyof Shaders[Name]["params"]]: number };

/** Only a literal text has names. */
type ArgumentsByWgsl<Wgsl extends string> = string extends Wgsl
  ? Readonly<Record<string, Bindable | number>>
  : { readonly [B in BindingNames<Wgsl>]: Bindable } & { readonly [P in ParamNames<Wgsl>]: number };

export interface Grid<K extends KernelName | KernelSource> {
  /** Number of invocations, rounded up to whole workgroups. */
  readonly threads: number;
  /** Lanes of the shader's `Vec`: 4 (the default), or 1 if the number of channels is not a multiple of 4. */
  readonly width?: 1 | 4;
  /** Values for the shader's `@tune` constants. */
  readonly tune?: K extends KernelName ? TunablesByName<K> : Readonly<Record<string, number>>;
  /** Floating-point operations, for profiles. */
  readonly flops?: number;
}

type TunablesByName<Name extends KernelName> = { readonly [T in keyof Shaders[Name]["tunables"]]?: number };

/** The names of a shader's buffers. */
type BindingNames<Wgsl extends string> = Wgsl extends `${string}var<storage, ${string}> ${infer Name}:${infer Rest}`
  ? Name | BindingNames<Rest>
  : never;

/** The names of a shader's parameters. */
type ParamNames<Wgsl extends string> = Wgsl extends `${string}struct Params {${infer Body}}${string}` ? LineNames<Body> : never;

type LineNames<Body extends string> = Body extends `${infer Line}\n${infer Rest}`
  ? FieldNames<WithoutComment<Line>> | LineNames<Rest>
  : FieldNames<WithoutComment<Body>>;

type WithoutComment<Line extends string> = Line extends `${infer Code}//${string}` ? Code : Line;

type FieldNames<Code extends string> = Code extends `${infer Field},${infer Rest}`
  ? FieldName<Field> | FieldNames<Rest>
  : FieldName<Code>;

type FieldName<Field extends string> = Field extends `${infer Name}:${string}` ? Trimmed<Name> : never;

type Trimmed<Text extends string> = Text extends ` ${infer Rest}` ? Trimmed<Rest> : Text;

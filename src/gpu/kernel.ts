/** Kernels: their typed arguments, and the pipelines compiled from their shaders. */
import { KernelError } from "../errors.js";
import { env } from "../env.js";
import { shaders } from "../generated/shaders.js";
import type { DType } from "../dtype.js";
import { withHalves } from "./half-storage.js";
import type { Storage } from "./pool.js";
import { unroll } from "./unroll.js";

type Shaders = typeof shaders;

export type KernelName = keyof Shaders;

/** Anything in device memory: a tensor, or a part of one. */
export interface Bindable {
  readonly storage: Storage;
  /** Default float32. */
  readonly dtype?: DType;
}

/** A kernel's arguments by the names its WGSL gives them: buffers and 4-byte parameters. */
export type KernelArguments<K extends KernelName> = {
  readonly [B in Shaders[K]["bindings"][number] as B["name"]]: Bindable;
} & { readonly [P in keyof Shaders[K]["params"]]: number };

export interface Grid<K extends KernelName> {
  /** Number of invocations, rounded up to whole workgroups. */
  readonly threads: number;
  /** Lanes of the shader's `Vec`: 4 (the default), or 1 if the number of channels is not a multiple of 4. */
  readonly width?: 1 | 4;
  /** Values for the shader's `@tune` constants. */
  readonly tune?: { readonly [T in keyof Shaders[K]["tunables"]]?: number };
  /** Floating-point operations, for profiles. */
  readonly flops?: number;
}

type ParamKind = "u32" | "i32" | "f32";

/** A pipeline and everything that is needed to dispatch it. */
export interface CompiledKernel {
  readonly name: KernelName;
  /** Names the pipeline: the kernel's name, its width unless that is 4, and the tunables that were set. */
  readonly label: string;
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
  readonly bindings: readonly string[];
  /** Whether each binding is written. */
  readonly written: readonly boolean[];
  readonly params: readonly (readonly [name: string, kind: ParamKind])[];
  /** Invocations in a workgroup. */
  readonly workgroup: number;
  /** Bind groups by the ids of their storages. */
  readonly groups: Map<string, GPUBindGroup>;
}

interface ShaderSource {
  readonly code: string;
  readonly bindings: readonly { readonly name: string; readonly access: "read" | "read_write" }[];
  readonly params: Readonly<Record<string, ParamKind>>;
  readonly tunables: Readonly<Record<string, number>>;
}

type Tune = Readonly<Record<string, number | undefined>>;

/**
 * Specialises a shader: sets its `@tune` literals and its `@width` alias, unrolls its `@unroll` loops and, if its constant
 * SUBGROUP is not 0, requires subgroups of that many lanes. No other text changes.
 *
 * Throws KernelError when `tune` names a constant that the shader does not have.
 */
export function specialise(name: string, source: ShaderSource, width: 1 | 4, tune: Tune): string {
  let code = source.code;
  for (const [constant, value] of Object.entries(tune)) {
    if (!(constant in source.tunables)) {
      const known = Object.keys(source.tunables).join(", ");
      throw new KernelError(`${name}: expected a tunable among ${known}, got "${constant}".`);
    }
    code = code.replace(new RegExp(`^(const ${constant}: u32 = )\\d+u; // @tune`, "m"), `$1${value}u; // @tune`);
  }
  code = withSubgroup(unroll(name, code));
  return width === 4 ? code : code.replaceAll(/= vec4<f32>; \/\/ @width/g, "= f32; // @width");
}

/** Requires subgroups of SUBGROUP lanes, if that is not 0. */
function withSubgroup(code: string): string {
  const lanes = /^const SUBGROUP: u32 = ([1-9]\d*)u;/m.exec(code)?.[1];
  if (lanes === undefined) return code;
  const asked = code.replace("@workgroup_size(WORKGROUP)", `@workgroup_size(WORKGROUP) @subgroup_size(${lanes})`);
  return `enable subgroups;\nenable subgroup_size_control;\n${asked}`;
}

/** The bits of a kernel's arguments that are float16, in the order of its bindings. */
export function halvesAmong(name: KernelName, args: Readonly<Record<string, Bindable>>): number {
  const { bindings } = shaders[name];
  let halves = 0;
  for (let index = 0; index < bindings.length; index++) {
    if (args[bindings[index]?.name ?? ""]?.dtype === "float16") halves |= 1 << index;
  }
  return halves;
}

/** Compiles each kernel at its first use and caches it. */
export class KernelCache {
  readonly #device: GPUDevice;
  readonly #compiled = new Map<string, CompiledKernel>();

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  get size(): number {
    return this.#compiled.size;
  }

  /** `halves`: the bits of the bindings that are float16, that of the first in the lowest place. */
  get(name: KernelName, width: 1 | 4, tune: Tune | undefined, halves: number): CompiledKernel {
    let key: string = width === 4 ? name : `${name}/scalar`;
    if (tune) for (const constant in tune) key += `/${constant}=${tune[constant]}`;
    if (halves !== 0) key += `/halves=${halves}`;
    let kernel = this.#compiled.get(key);
    if (!kernel) {
      kernel = this.#compile(key, name, width, tune ?? {}, halves);
      this.#compiled.set(key, kernel);
    }
    return kernel;
  }

  /** Drops every bind group. Call it before buffers in them are destroyed. */
  forgetGroups(): void {
    for (const kernel of this.#compiled.values()) kernel.groups.clear();
  }

  #compile(label: string, name: KernelName, width: 1 | 4, tune: Tune, halves: number): CompiledKernel {
    const source: ShaderSource = shaders[name];
    const halved = source.bindings.flatMap((binding, index) => ((halves >> index) & 1 ? [binding.name] : []));
    const code = withHalves(name, specialise(name, source, width, tune), halved);
    if (env.debug >= 3) console.error(`--- ${label}\n${code}`);
    if (env.debug >= 1) console.error(`pipeline ${label}`);
    const device = this.#device;
    const params = Object.entries(source.params);
    const entries: GPUBindGroupLayoutEntry[] = source.bindings.map(({ access }, binding) => ({
      binding,
      visibility: GPUShaderStage.COMPUTE,
      buffer: { type: access === "read" ? "read-only-storage" : "storage" },
    }));
    entries.push({
      binding: source.bindings.length,
      visibility: GPUShaderStage.COMPUTE,
      buffer: { type: "uniform", hasDynamicOffset: true, minBindingSize: params.length * 4 },
    });
    const layout = device.createBindGroupLayout({ label, entries });
    const pipeline = device.createComputePipeline({
      label,
      layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module: device.createShaderModule({ label, code }), entryPoint: "main" },
    });
    const workgroup = tune["WORKGROUP"] ?? source.tunables["WORKGROUP"];
    if (workgroup === undefined) throw new KernelError(`${name}: expected a tunable WORKGROUP, got none.`);
    const bindings = source.bindings.map((binding) => binding.name);
    const written = source.bindings.map(({ access }) => access === "read_write");
    return { name, label, pipeline, layout, bindings, written, params, workgroup, groups: new Map() };
  }
}

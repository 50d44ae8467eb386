/** Kernels: the pipelines compiled from their shaders. */
import { KernelError } from "../errors.js";
import { env } from "../env.js";
import { includes, shaders } from "../generated/shaders.js";
import { withHalves } from "./half-storage.js";
import type { Bindable, KernelName, KernelSource } from "./kernel-arguments.js";
import { parseShader, type ParamKind, type Shader } from "./parse-shader.js";
import { unroll } from "./unroll.js";

/** A pipeline and everything that is needed to dispatch it. */
export interface CompiledKernel {
  readonly name: string;
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

type Tune = Readonly<Record<string, number | undefined>>;

/**
 * Specialises a shader: sets its `@tune` literals and its `@width` alias, unrolls its `@unroll` loops and, if its constant
 * SUBGROUP is not 0, requires subgroups of that many lanes. No other text changes.
 *
 * Throws KernelError when `tune` names a constant that the shader does not have.
 */
export function specialise(name: string, source: Shader, width: 1 | 4, tune: Tune): string {
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

/** The bits of a shader's bindings whose arguments are float16, that of the first in the lowest place. */
function halvesAmong({ bindings }: Shader, args: Readonly<Record<string, Bindable | undefined>>): number {
  let halves = 0;
  for (let index = 0; index < bindings.length; index++) {
    if (args[bindings[index]?.name ?? ""]?.dtype === "float16") halves |= 1 << index;
  }
  return halves;
}

function isEngineKernel(name: string): name is KernelName {
  return Object.hasOwn(shaders, name);
}

function shaderNamed(name: string): Shader {
  if (isEngineKernel(name)) return shaders[name];
  throw new KernelError(`run: expected a kernel such as "elementwise/mul", or { name, wgsl }, got "${name}".`);
}

/** The error of a kernel, with the line that is wrong, if the device refused its module or pipeline. */
async function compileError(name: string, code: string, module: GPUShaderModule, refusal: Promise<GPUError | null>): Promise<KernelError | undefined> {
  const error = await refusal;
  if (!error) return undefined;
  const { messages } = await module.getCompilationInfo();
  const first = messages.find(({ type }) => type === "error");
  const line = first && code.split("\n")[first.lineNum - 1]?.trim();
  const got = first ? `"${first.message}"${line ? ` at "${line}"` : ""}` : error.message;
  return new KernelError(`${name}: expected WGSL that compiles, got ${got}.`, { cause: error });
}

/** Compiles each kernel at its first use and caches it. */
export class KernelCache {
  readonly #device: GPUDevice;
  readonly #report: ((error: Error) => void) | undefined;
  /** The kernels of users, by their WGSL. */
  readonly #sources = new Map<string, { readonly id: string; readonly shader: Shader }>();
  readonly #compiled = new Map<string, CompiledKernel>();
  #checks: Promise<void> = Promise.resolve();

  /** `report` receives a KernelError for each kernel of a user that the device cannot compile. Without it none is checked. */
  constructor(device: GPUDevice, report?: (error: Error) => void) {
    this.#device = device;
    this.#report = report;
  }

  get size(): number {
    return this.#compiled.size;
  }

  /** Resolves when it is known whether all kernels so far have compiled. */
  get checked(): Promise<void> {
    return this.#checks;
  }

  /** The kernel for these arguments, of which some may be float16. Throws KernelError if it is not one. */
  get(kernel: KernelName | KernelSource, width: 1 | 4, tune: Tune | undefined, args: Readonly<Record<string, Bindable | undefined>>): CompiledKernel {
    const { id, shader } = typeof kernel === "string" ? { id: kernel, shader: shaderNamed(kernel) } : this.#sourceOf(kernel);
    const halves = halvesAmong(shader, args);
    let label: string = width === 4 ? id : `${id}/scalar`;
    if (tune) for (const constant in tune) label += `/${constant}=${tune[constant]}`;
    if (halves !== 0) label += `/halves=${halves}`;
    let compiled = this.#compiled.get(label);
    if (!compiled) {
      compiled = this.#compile(label, id, shader, width, tune ?? {}, halves);
      this.#compiled.set(label, compiled);
    }
    return compiled;
  }

  /** Drops every bind group. Call it before buffers in them are destroyed. */
  forgetGroups(): void {
    for (const kernel of this.#compiled.values()) kernel.groups.clear();
  }

  #sourceOf({ name, wgsl }: KernelSource): { readonly id: string; readonly shader: Shader } {
    let source = this.#sources.get(wgsl);
    if (!source) {
      const shader = parseShader(name, wgsl, (file) => includes[file]);
      const taken = [...this.#sources.values()].some(({ id }) => id === name) || isEngineKernel(name);
      source = { id: taken ? `${name} (${this.#sources.size + 1})` : name, shader };
      this.#sources.set(wgsl, source);
    }
    return source;
  }

  #compile(label: string, name: string, source: Shader, width: 1 | 4, tune: Tune, halves: number): CompiledKernel {
    const halved = source.bindings.flatMap((binding, index) => ((halves >> index) & 1 ? [binding.name] : []));
    const code = withHalves(name, specialise(name, source, width, tune), halved);
    if (env.debug >= 3) console.error(`--- ${label}\n${code}`);
    if (env.debug >= 1) console.error(`pipeline ${label}`);
    const report = isEngineKernel(name) ? undefined : this.#report;
    if (report) this.#device.pushErrorScope("validation");
    const module = this.#device.createShaderModule({ label, code });
    const params = Object.entries(source.params);
    const layout = this.#bindGroupLayout(label, source);
    const pipeline = this.#device.createComputePipeline({
      label,
      layout: this.#device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module, entryPoint: "main" },
    });
    if (report) {
      const refusal = this.#device.popErrorScope();
      this.#checks = Promise.all([this.#checks, compileError(name, code, module, refusal).then((error) => error && report(error))]).then(() => undefined);
    }
    const workgroup = tune["WORKGROUP"] ?? source.tunables["WORKGROUP"] ?? 0;
    const bindings = source.bindings.map((binding) => binding.name);
    const written = source.bindings.map(({ access }) => access === "read_write");
    return { name, label, pipeline, layout, bindings, written, params, workgroup, groups: new Map() };
  }

  #bindGroupLayout(label: string, { bindings, params }: Shader): GPUBindGroupLayout {
    const entries: GPUBindGroupLayoutEntry[] = bindings.map(({ access }, binding) => ({
      binding,
      visibility: GPUShaderStage.COMPUTE,
      buffer: { type: access === "read" ? "read-only-storage" : "storage" },
    }));
    entries.push({
      binding: bindings.length,
      visibility: GPUShaderStage.COMPUTE,
      buffer: { type: "uniform", hasDynamicOffset: true, minBindingSize: Object.keys(params).length * 4 },
    });
    return this.#device.createBindGroupLayout({ label, entries });
  }
}

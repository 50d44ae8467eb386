import { readAssembly } from "./assembly.js";
import type { Compiled, CompiledStep } from "./compile.js";
import { measureRound, type Round } from "./round.js";

/** A kernel with more than this part of a step's multiply-adds is hot. */
const HOT = 1 / 100;

/** The figures of a kernel in the table. */
export interface KernelFigures {
  /** Dispatches per step. */
  readonly dispatches: number;
  /** Per cent of the multiply-adds of a step's convolutions. */
  readonly work: number;
  /** Vector registers per invocation. */
  readonly registers: number;
  /** Values that did not fit into registers and are stored elsewhere. */
  readonly spills: number;
  /** Bytes of an invocation's variables in memory, such as arrays with a variable index. */
  readonly scratchBytes: number;
  /** Occupancy: the number of subgroups that fit on a SIMD at once. */
  readonly waves: number;
  /** Workgroup memory in bytes. */
  readonly workgroupBytes: number;
  readonly instructions: number;
  /** Only for kernels of convolutions that multiply and add in a loop. */
  readonly round?: Round;
}

export interface KernelRow {
  readonly name: string;
  readonly isHot: boolean;
  readonly figures: KernelFigures;
}

function rowOf({ name, dispatches, flops, statistics, assembly }: Compiled, totalFlops: number): KernelRow {
  const figure = (title: string): number => {
    const value = statistics[title];
    if (value !== undefined) return value;
    throw new Error(`${name}: expected RADV's figure "${title}", got ${Object.keys(statistics).join(", ")}.`);
  };
  const part = totalFlops === 0 ? 0 : flops / totalFlops;
  const round = flops > 0 ? measureRound(readAssembly(assembly)) : undefined;
  const figures: KernelFigures = {
    dispatches,
    work: Math.round(1000 * part) / 10,
    registers: figure("VGPRs"),
    spills: figure("Spilled VGPRs") + figure("Spilled SGPRs"),
    scratchBytes: figure("Scratch size"),
    waves: figure("Subgroups per SIMD"),
    workgroupBytes: figure("LDS size"),
    instructions: figure("Instructions"),
    ...(round && { round }),
  };
  return { name, isHot: part > HOT, figures };
}

/** The rows of a step, most work first. */
export function rowsOf({ kernels }: CompiledStep): KernelRow[] {
  const totalFlops = kernels.reduce((sum, { flops }) => sum + flops, 0);
  const rows = kernels.map((kernel) => rowOf(kernel, totalFlops));
  return rows.sort((a, b) => b.figures.work - a.figures.work || a.name.localeCompare(b.name, "en"));
}

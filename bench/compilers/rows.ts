import { readAssembly } from "./assembly.js";
import type { Compiled, CompiledStep } from "./compile.js";
import { measureRound, type Round } from "./round.js";

/** A kernel that does more than this part of a step's multiply-adds is hot. */
const HOT = 1 / 100;

/** What the table says of a kernel. */
export interface KernelFigures {
  /** Dispatches in a step. */
  readonly dispatches: number;
  /** Per cent of the multiply-adds of a step's convolutions. */
  readonly work: number;
  /** Vector registers of an invocation. */
  readonly registers: number;
  /** Registers that found no place and are kept elsewhere. */
  readonly spills: number;
  /** Bytes of an invocation's variables that are in no register at all, as arrays are that no loop was written out for. */
  readonly scratchBytes: number;
  /** Occupancy: subgroups that fit a SIMD at once. */
  readonly waves: number;
  /** Workgroup memory in bytes. */
  readonly workgroupBytes: number;
  readonly instructions: number;
  /** Of the kernels of convolutions that multiply and add in a loop. */
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

import { startTable, type Column } from "../../src/bench/table.js";
import type { KernelRow } from "./rows.js";

function widest(rows: readonly KernelRow[]): number {
  return Math.max(0, ...rows.map(({ name }) => name.length));
}

function columnsOf(rows: readonly KernelRow[], headings: readonly string[]): readonly Column[] {
  const figures = headings.map((heading) => ({ heading, width: Math.max(5, heading.length), align: "right" }) as const);
  return [{ heading: "kernel", width: widest(rows), align: "left" }, ...figures];
}

/** Prints a table of all kernels. */
export function printKernels(rows: readonly KernelRow[]): void {
  const row = startTable(columnsOf(rows, ["calls", "% work", "VGPRs", "spills", "scratch", "waves", "LDS", "instr"]));
  for (const { name, figures } of rows) {
    const { dispatches, work, registers, spills, scratchBytes, waves, workgroupBytes, instructions } = figures;
    const share = work === 0 ? "" : work.toFixed(1);
    row([name, String(dispatches), share, ...[registers, spills, scratchBytes, waves, workgroupBytes, instructions].map(String)]);
  }
}

/** Prints a table of the kernels that multiply and add in a loop. */
export function printRounds(rows: readonly KernelRow[]): void {
  const chosen = rows.filter(({ figures }) => figures.round);
  const row = startTable(columnsOf(chosen, ["FMA", "other", "seldom", "FMA % vector", "FMA % all", "waits", "early"]));
  for (const { name, figures } of chosen) {
    const { round } = figures;
    if (!round) continue;
    const { multiplyAdds, otherVector, seldomVector, vectorShare, share, waits, earlyWaits, openEnded } = round;
    const counts = [`${multiplyAdds}${openEnded ? "?" : ""}`, ...[otherVector, seldomVector].map(String)];
    row([name, ...counts, vectorShare.toFixed(1), share.toFixed(1), ...[waits, earlyWaits].map(String)]);
  }
}

export const LEGEND = `calls: dispatches per step; % work: of the multiply-adds of its convolutions; VGPRs: vector registers
scratch: bytes of variables in memory; waves: subgroups that fit a SIMD; LDS: bytes of workgroup memory; instr: instructions
FMA: multiply-adds of an invocation in one round of the loop that loads the factors; other: its other vector instructions;
seldom: those other instructions that only some rounds run, such as at the next tap. Both shares count them as one sixteenth.
waits: how often a round waits for global memory; once if all its loads are in flight together
early: waits with less than half of a round's multiply-adds between the load and the wait, which is too few to hide the load
?: the length of the inner loop is not constant, and the figures are those of one trip`;

import type { Block, Instruction, Kind } from "./assembly.js";
import { steadyBranches } from "./invariance.js";
import { findLoops, isInside, type Loop } from "./loops.js";

/**
 * A block that some rounds skip counts one sixteenth: it computes the addresses of the next tap, which 256 channels in slices of
 * 16 need every sixteenth round.
 */
const SELDOM = 1 / 16;
/** Memory is waited for too early when less than this part of a round's multiply-adds lies between a load and its wait. */
const COVER = 1 / 2;
const MEMORY: readonly Kind[] = ["workgroup", "load", "store", "scratch", "barrier", "multiply-add"];

/** One round of the loop that loads what it multiplies, for one invocation. */
export interface Round {
  /** Multiply-adds, and the instructions that do them. */
  readonly multiplyAdds: number;
  readonly multiplyAddInstructions: number;
  /** Other vector instructions, and those among them that a round may skip. */
  readonly otherVector: number;
  readonly seldomVector: number;
  /** Of the vector instructions, and of all, in per cent; what a round may skip is weighed. */
  readonly vectorShare: number;
  readonly share: number;
  /** Waits for global memory, each for all loads since the last one. One is right. */
  readonly waits: number;
  /** Of them those with too few multiply-adds since the load to hide it. None is right. */
  readonly earlyWaits: number;
  /** Whether the number of multiply-adds is that of one trip of an inner loop whose length is no constant. */
  readonly openEnded: boolean;
}

function multiplyAddsIn(blocks: readonly Block[], { blocks: indices }: Loop): number {
  let sum = 0;
  for (const index of indices) for (const { multiplyAdds } of blocks[index]?.instructions ?? []) sum += multiplyAdds;
  return sum;
}

function loads(blocks: readonly Block[], { blocks: indices }: Loop): boolean {
  return indices.some((index) => blocks[index]?.instructions.some(({ kind }) => kind === "load"));
}

/** The innermost loop with most multiply-adds, and the smallest one around it, or itself, that loads from global memory. */
function findRound(blocks: readonly Block[], loops: readonly Loop[]): { readonly inner: Loop; readonly round: Loop } | undefined {
  const amount = new Map(loops.map((loop) => [loop, multiplyAddsIn(blocks, loop)]));
  const of = (loop: Loop): number => amount.get(loop) ?? 0;
  const innermost = loops.filter((loop) => !loops.some((other) => isInside(other, loop) && of(other) > of(loop) / 2));
  const [inner] = innermost.filter((loop) => of(loop) > 0).sort((a, b) => of(b) - of(a));
  if (!inner) return undefined;
  const around = loops.filter((loop) => loop === inner || isInside(inner, loop)).sort((a, b) => a.blocks.length - b.blocks.length);
  return { inner, round: around.find((loop) => loads(blocks, loop)) ?? inner };
}

/** The blocks of one trip in order, those of inner loops as often as they run: once, where that is no constant. */
function* walk(loop: Loop, loops: readonly Loop[]): Generator<number> {
  const inside = loops.filter((other) => isInside(other, loop));
  const next = inside.filter((other) => !inside.some((middle) => isInside(other, middle)));
  for (const index of loop.blocks) {
    const inner = next.find(({ blocks }) => blocks.includes(index));
    if (!inner) yield index;
    else if (inner.head === index) for (let trip = 0; trip < (inner.trips ?? 1); trip++) yield* walk(inner, loops);
  }
}

/** Whether a trip may get from one block of the loop to a later one and leave a third out. */
function reaches(blocks: readonly Block[], loop: Loop, [from, to]: readonly [number, number], without: number): boolean {
  const reached = new Set(from === without ? [] : [from]);
  for (const index of loop.blocks) {
    if (!reached.has(index)) continue;
    for (const next of blocks[index]?.next ?? []) {
      if (next > index && next !== without && loop.blocks.includes(next)) reached.add(next);
    }
  }
  return reached.has(to);
}

/** The blocks without memory and multiply-adds that a trip may leave out though it passes all those with. */
function skippableBlocks(blocks: readonly Block[], loop: Loop): number[] {
  const stops = [loop.head];
  const latch = loop.blocks.at(-1) ?? loop.head;
  const touches = (index: number): boolean => blocks[index]?.instructions.some(({ kind }) => MEMORY.includes(kind)) ?? false;
  for (const index of [...loop.blocks.filter(touches), latch]) {
    // Where there are two ways, a stop of the second cannot be reached from the first.
    if (reaches(blocks, loop, [stops.at(-1) ?? loop.head, index], -1)) stops.push(index);
  }
  const legs = stops.slice(1).map((stop, at) => [stops[at] ?? loop.head, stop] as const);
  return loop.blocks.filter((index) => !touches(index) && legs.every((leg) => reaches(blocks, loop, leg, index)));
}

/** The skippable blocks that some rounds skip and some do not: the branch that decides does not go the same way each time. */
function seldomBlocks(blocks: readonly Block[], loop: Loop, trace: readonly number[]): Set<number> {
  const latch = loop.blocks.at(-1) ?? loop.head;
  const deciderOf = (index: number): number | undefined =>
    loop.blocks.findLast(
      (branch) => branch < index && reaches(blocks, loop, [branch, index], -1) && reaches(blocks, loop, [branch, latch], index),
    );
  let seldom = new Map(skippableBlocks(blocks, loop).map((index) => [index, deciderOf(index)]));
  for (;;) {
    const steady = steadyBranches(blocks, trace, new Set(seldom.keys()));
    const rest = [...seldom].filter(([, decider]) => decider !== undefined && !steady.has(decider));
    if (rest.length === seldom.size) return new Set(seldom.keys());
    seldom = new Map(rest);
  }
}

/** Goes through two rounds, for the first to leave its loads under way, and counts the waits of the second. */
function countWaits(trace: readonly Instruction[]): Pick<Round, "waits" | "earlyWaits"> {
  const total = trace.reduce((sum, { multiplyAdds }) => sum + multiplyAdds, 0);
  /** For each load under way, the multiply-adds done when it was issued. */
  const underWay: number[] = [];
  let done = 0;
  let counts = { waits: 0, earlyWaits: 0 };
  let issued = 0;
  let isEarly = false;
  for (let round = 0; round < 2; round++) {
    counts = { waits: 0, earlyWaits: 0 };
    for (const { kind, multiplyAdds, underWay: left } of trace) {
      done += multiplyAdds;
      if (kind === "load") {
        underWay.push(done);
        issued++;
      }
      if (left === undefined || underWay.length <= left) continue;
      const awaited = underWay.splice(0, underWay.length - left);
      if (issued > 0) {
        counts.waits++;
        isEarly = false;
        issued = 0;
      }
      if (!isEarly && awaited.some((at) => done - at < COVER * total)) {
        counts.earlyWaits++;
        isEarly = true;
      }
    }
  }
  return counts;
}

function percent(part: number, whole: number): number {
  return Math.round((1000 * part) / whole) / 10;
}

/** The round of a kernel; undefined if no loop multiplies and adds. */
export function measureRound(blocks: readonly Block[]): Round | undefined {
  const loops = findLoops(blocks);
  const found = findRound(blocks, loops);
  if (!found) return undefined;
  const { inner, round } = found;
  const order = [...walk(round, loops)];
  const seldom = seldomBlocks(blocks, round, order);
  const trace: Instruction[] = [];
  let [multiplyAdds, multiplyAddInstructions, otherVector, seldomVector, seldomAll] = [0, 0, 0, 0, 0];
  for (const index of order) {
    for (const instruction of blocks[index]?.instructions ?? []) {
      trace.push(instruction);
      multiplyAdds += instruction.multiplyAdds;
      const { kind } = instruction;
      if (kind === "multiply-add") multiplyAddInstructions++;
      if (kind === "vector") otherVector++;
      if (!seldom.has(index)) continue;
      seldomAll++;
      if (kind === "vector") seldomVector++;
    }
  }
  const skipped = 1 - SELDOM;
  return {
    multiplyAdds,
    multiplyAddInstructions,
    otherVector,
    seldomVector,
    vectorShare: percent(multiplyAddInstructions, multiplyAddInstructions + otherVector - skipped * seldomVector),
    share: percent(multiplyAddInstructions, trace.length - skipped * seldomAll),
    ...countWaits(trace),
    openEnded: inner !== round && inner.trips === undefined,
  };
}

import type { Block, Instruction, Kind } from "./assembly.js";
import { steadyBranches } from "./invariance.js";
import { findLoops, isInside, type Loop } from "./loops.js";

/**
 * The weight of a block that some rounds skip. Such a block computes the addresses of the next tap, and with 256 channels in
 * slices of 16, every sixteenth round needs it.
 */
const SELDOM = 1 / 16;
/** A wait is early if there is less than this part of a round's multiply-adds between the load and the wait. */
const COVER = 1 / 2;
const MEMORY: readonly Kind[] = ["workgroup", "load", "store", "scratch", "barrier", "multiply-add"];

/** One round (trip) of the loop that loads the factors and multiplies them, for one invocation. */
export interface Round {
  /** Multiply-adds, and the instructions that compute them. */
  readonly multiplyAdds: number;
  readonly multiplyAddInstructions: number;
  /** Other vector instructions, and those among them that a round may skip. */
  readonly otherVector: number;
  readonly seldomVector: number;
  /** The share of multiply-adds in the vector instructions and in all, in per cent. Skippable blocks have the weight SELDOM. */
  readonly vectorShare: number;
  readonly share: number;
  /** Waits for global memory, each for all loads since the last wait. The ideal is one. */
  readonly waits: number;
  /** The waits with too few multiply-adds since the load to hide it. The ideal is none. */
  readonly earlyWaits: number;
  /** Whether the inner loop has no constant length, so that only one of its trips is counted. */
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

/** Finds the innermost loop with the most multiply-adds, and the smallest loop with it that loads from global memory. */
function findRound(blocks: readonly Block[], loops: readonly Loop[]): { readonly inner: Loop; readonly round: Loop } | undefined {
  const amount = new Map(loops.map((loop) => [loop, multiplyAddsIn(blocks, loop)]));
  const of = (loop: Loop): number => amount.get(loop) ?? 0;
  const innermost = loops.filter((loop) => !loops.some((other) => isInside(other, loop) && of(other) > of(loop) / 2));
  const [inner] = innermost.filter((loop) => of(loop) > 0).sort((a, b) => of(b) - of(a));
  if (!inner) return undefined;
  const around = loops.filter((loop) => loop === inner || isInside(inner, loop)).sort((a, b) => a.blocks.length - b.blocks.length);
  return { inner, round: around.find((loop) => loads(blocks, loop)) ?? inner };
}

/** The blocks of one trip, in order. Inner loops are repeated by their trips, or run once if these are not constant. */
function* walk(loop: Loop, loops: readonly Loop[]): Generator<number> {
  const inside = loops.filter((other) => isInside(other, loop));
  const next = inside.filter((other) => !inside.some((middle) => isInside(other, middle)));
  for (const index of loop.blocks) {
    const inner = next.find(({ blocks }) => blocks.includes(index));
    if (!inner) yield index;
    else if (inner.head === index) for (let trip = 0; trip < (inner.trips ?? 1); trip++) yield* walk(inner, loops);
  }
}

/** Whether one trip can go from a block of the loop to a later one without passing the block `without`. */
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

/** The blocks without memory access and multiply-adds that a trip can skip while it passes all blocks that have them. */
function skippableBlocks(blocks: readonly Block[], loop: Loop): number[] {
  const stops = [loop.head];
  const latch = loop.blocks.at(-1) ?? loop.head;
  const touches = (index: number): boolean => blocks[index]?.instructions.some(({ kind }) => MEMORY.includes(kind)) ?? false;
  for (const index of [...loop.blocks.filter(touches), latch]) {
    // If the path forks, a stop on one branch cannot be reached from the other.
    if (reaches(blocks, loop, [stops.at(-1) ?? loop.head, index], -1)) stops.push(index);
  }
  const legs = stops.slice(1).map((stop, at) => [stops[at] ?? loop.head, stop] as const);
  return loop.blocks.filter((index) => !touches(index) && legs.every((leg) => reaches(blocks, loop, leg, index)));
}

/** The skippable blocks that only some rounds skip, because the branch before them does not always go the same way. */
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

/** Simulates two rounds, so that the loads of the first are in flight, and counts the waits of the second. */
function countWaits(trace: readonly Instruction[]): Pick<Round, "waits" | "earlyWaits"> {
  const total = trace.reduce((sum, { multiplyAdds }) => sum + multiplyAdds, 0);
  /** For each load in flight, the number of multiply-adds before it. */
  const inFlight: number[] = [];
  let done = 0;
  let counts = { waits: 0, earlyWaits: 0 };
  let issued = 0;
  let isEarly = false;
  for (let round = 0; round < 2; round++) {
    counts = { waits: 0, earlyWaits: 0 };
    for (const { kind, multiplyAdds, inFlight: left } of trace) {
      done += multiplyAdds;
      if (kind === "load") {
        inFlight.push(done);
        issued++;
      }
      if (left === undefined || inFlight.length <= left) continue;
      const awaited = inFlight.splice(0, inFlight.length - left);
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

/** Measures the round of a kernel. Undefined if no loop multiplies and adds. */
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

import type { Block, Instruction } from "./assembly.js";

/** A loop of blocks. The compiler puts the first block of a loop before the others. */
export interface Loop {
  /** Index of the block with which each trip begins. */
  readonly head: number;
  /** Indices of the blocks, including those of inner loops, in ascending order. */
  readonly blocks: readonly number[];
  /** The number of trips, if it is a constant. */
  readonly trips: number | undefined;
}

export function isInside(inner: Loop, outer: Loop): boolean {
  return inner !== outer && inner.blocks.every((index) => outer.blocks.includes(index));
}

/** Finds all loops. A head is a block that a later block jumps back to. Its loop has every block that leads to such a jump. */
export function findLoops(blocks: readonly Block[]): Loop[] {
  const members = new Map<number, Set<number>>();
  for (const [latch, { next }] of blocks.entries()) {
    for (const head of next.filter((index) => index <= latch)) {
      const body = members.get(head) ?? new Set([head]);
      members.set(head, body);
      collect(blocks, latch, body);
    }
  }
  return [...members].map(([head, body]) => {
    const indices = [...body].sort((a, b) => a - b);
    return { head, blocks: indices, trips: countTrips(blocks, head, indices) };
  });
}

/** Adds a block and all its predecessors to the body of a loop. */
function collect(blocks: readonly Block[], start: number, body: Set<number>): void {
  const pending = [start];
  for (let index = pending.pop(); index !== undefined; index = pending.pop()) {
    if (body.has(index)) continue;
    body.add(index);
    for (const [before, { next }] of blocks.entries()) if (next.includes(index)) pending.push(before);
  }
}

/** An instruction with the index of its block. */
interface Placed {
  readonly block: number;
  readonly text: string;
}

function place(blocks: readonly Block[], indices: readonly number[]): Placed[] {
  return indices.flatMap((block) => {
    const instructions: readonly Instruction[] = blocks[block]?.instructions ?? [];
    return instructions.map(({ text }) => ({ block, text }));
  });
}

/** Whether the instruction writes the scalar register. */
function writes(text: string, register: number): boolean {
  if (/^s_(?:cmp|bitcmp|branch|cbranch|wait|barrier|nop)/.test(text)) return false;
  const [, single, from, to] = /^[sv]_\S+ (?:s(\d+)|s\[(\d+):(\d+)\])\b/.exec(text) ?? [];
  if (single !== undefined) return Number(single) === register;
  return from !== undefined && Number(from) <= register && register <= Number(to);
}

const COMPARE = /^s_cmpk?_(ge|lt|gt|le|lg|eq)_[ui]32 s(\d+), (\S+)$/;
const ADD = /^s_(?:add|sub)(?:_[ui]32|_co_[ui]32)? s(\d+), s(\d+), (\S+)$|^s_addk_i32 s(\d+), (\S+)$/;

/**
 * The trips of a loop that counts a scalar register from one constant to another in constant steps. Undefined for other loops.
 */
function countTrips(blocks: readonly Block[], head: number, indices: readonly number[]): number | undefined {
  const body = place(blocks, indices);
  const before = place(blocks, [...blocks.keys()].slice(0, head));
  for (const [comparedAt, { block, text }] of body.entries()) {
    const [, relation = "", name = "", limit = ""] = COMPARE.exec(text) ?? [];
    if (name === "") continue;
    const register = Number(name);
    const changes = [...body.entries()].filter(([, { text }]) => writes(text, register));
    const [change] = changes;
    const start = before.findLast(({ text }) => writes(text, register));
    if (!change || changes.length > 1 || !start) continue;
    const step = stepOf(change[1].text);
    const first = Number(/^s_movk?_(?:b|i)32 s\d+, (\S+)$/.exec(start.text)?.[1]);
    if (step === undefined || Number.isNaN(first) || Number.isNaN(Number(limit))) continue;
    // If the last block compares the register before it changes it, the last trip compares the limit itself.
    const late = comparedAt < change[0] && block === change[1].block ? 1 : 0;
    const distance = (Number(limit) - first) / step + late;
    const trips = relation === "gt" || relation === "le" ? Math.floor(distance) + 1 : Math.ceil(distance);
    if (trips > 0) return trips;
  }
  return undefined;
}

/** The constant that an instruction adds to its register. Undefined if it does anything else. */
function stepOf(text: string): number | undefined {
  const [, to, from, amount, short, shortAmount] = ADD.exec(text) ?? [];
  if (short !== undefined) return Number(shortAmount);
  if (to === undefined || to !== from || Number.isNaN(Number(amount))) return undefined;
  return text.startsWith("s_sub") ? -Number(amount) : Number(amount);
}

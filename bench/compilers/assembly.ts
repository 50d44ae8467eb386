/** What an instruction does. The table counts these kinds separately. */
export type Kind =
  | "multiply-add"
  /** Any other vector arithmetic. */
  | "vector"
  | "scalar"
  /** A load from workgroup memory, or a store to it. */
  | "workgroup"
  /** A load from global memory into vector registers. */
  | "load"
  | "store"
  /** An access to registers that were spilled. */
  | "scratch"
  | "wait"
  | "barrier"
  | "branch"
  | "hint";

export interface Instruction {
  readonly kind: Kind;
  /** The instruction as RADV prints it, without the encoding. */
  readonly text: string;
  /** The number of multiply-adds per lane. */
  readonly multiplyAdds: number;
  /** For a wait for global memory: how many loads may still be in flight after it. */
  readonly inFlight?: number;
}

/** A basic block: instructions that run one after the other. Blocks are in the order of the text. */
export interface Block {
  readonly instructions: readonly Instruction[];
  /** Indices of the blocks that may run next. */
  readonly next: readonly number[];
}

const MULTIPLY_ADD = /^v_(?:(pk)_)?(?:fma|fmac|fmaak|fmamk|mad|mac|fma_mix)(?:_legacy)?_f(?:16|32)/;

const KINDS: readonly (readonly [RegExp, Kind])[] = [
  [/^v_/, "vector"],
  [/^ds_/, "workgroup"],
  [/^scratch_/, "scratch"],
  [/^(?:buffer|global|flat)_load/, "load"],
  [/^(?:buffer|global|flat)_(?:store|atomic)/, "store"],
  [/^s_waitcnt(?!_depctr)/, "wait"],
  [/^s_barrier/, "barrier"],
  [/^s_(?:cbranch|branch|endpgm)/, "branch"],
  [/^s_(?:delay_alu|clause|nop|set_inst_prefetch|inst_prefetch|waitcnt_depctr)/, "hint"],
];

/** Counts the halves of a pair (`v_dual_fmac_f32 … :: v_dual_mul_f32 …`) separately, and a packed instruction (`v_pk_`) twice. */
function multiplyAddsOf(text: string): number {
  if (text.startsWith("v_dual_")) return text.split("::").filter((half) => /v_dual_fma/.test(half)).length;
  const match = MULTIPLY_ADD.exec(text);
  if (!match) return 0;
  return match[1] === undefined ? 1 : 2;
}

/** Parses one line of AMD's assembly. */
export function readInstruction(text: string): Instruction {
  const multiplyAdds = multiplyAddsOf(text);
  if (multiplyAdds > 0) return { kind: "multiply-add", text, multiplyAdds };
  const kind = KINDS.find(([pattern]) => pattern.test(text))?.[1] ?? "scalar";
  const inFlight = kind === "wait" ? /\bvmcnt\((\d+)\)/.exec(text)?.[1] : undefined;
  return { kind, text, multiplyAdds, ...(inFlight !== undefined && { inFlight: Number(inFlight) }) };
}

interface OpenBlock {
  readonly label: string;
  readonly instructions: Instruction[];
}

/** The label that a block may jump to, and whether the next block in the text may run after it. */
function exitsOf({ instructions }: OpenBlock): { readonly target: string | undefined; readonly fallsThrough: boolean } {
  const last = instructions.at(-1)?.text ?? "";
  const target = /^s_c?branch\S*\s+(BB\d+)$/.exec(last)?.[1];
  return { target, fallsThrough: !/^s_(?:branch|endpgm)/.test(last) };
}

/** Parses the assembly that RADV prints into the blocks of a kernel, with their successors. */
export function readAssembly(assembly: string): Block[] {
  let open: OpenBlock = { label: "", instructions: [] };
  const blocks: OpenBlock[] = [open];
  for (const line of assembly.split("\n")) {
    const text = line.replace(/;.*/, "").trim();
    const label = /^(BB\d+):$/.exec(text)?.[1];
    const repeated = /^\(then repeated (\d+) times\)$/.exec(text)?.[1];
    const last = open.instructions.at(-1);
    if (label !== undefined || last?.kind === "branch") blocks.push((open = { label: label ?? "", instructions: [] }));
    if (repeated !== undefined && last) open.instructions.push(...Array.from({ length: Number(repeated) }, () => last));
    else if (label === undefined && /^[a-z]/.test(text)) open.instructions.push(readInstruction(text));
  }
  const indices = new Map(blocks.map(({ label }, index) => [label, index]));
  return blocks.map((block, index) => {
    const { target, fallsThrough } = exitsOf(block);
    const jump = target === undefined ? undefined : indices.get(target);
    const next = fallsThrough && index + 1 < blocks.length ? [index + 1] : [];
    return { instructions: block.instructions, next: jump === undefined ? next : [...next, jump] };
  });
}

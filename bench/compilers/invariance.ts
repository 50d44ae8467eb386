import type { Block } from "./assembly.js";

/** Instructions whose target is a source as well. */
const ACCUMULATES = /^v_(?:pk_)?(?:fmac|mac|swap|writelane|dot\w*c)|^s_(?:cmov|bitset)|_d16/;
/** Scalar instructions that leave the condition code alone. */
const KEEPS_CONDITION = /^s_(?:mov|cmov|cselect|mul|bfm|brev|ff1|flbit|clz|ctz|sext|pack|getpc|load|buffer_load|cbranch|branch)/;
const READS_CONDITION = /^s_(?:cselect|cmov|addc|subb|add_co_ci|sub_co_ci|cbranch_scc)/;
/** Instructions that give nothing, so that their first operand is a source. */
const GIVES_NOTHING = /^(?:s_cmp|s_bitcmp|s_cbranch|v_cmpx|(?:buffer|global|flat|scratch)_store|ds_(?:store|write))/;
const GIVES_TWO = /^v_\w*_co_|^v_div_scale|^v_mad_[iu]64/;
const LOADS = /^(?:buffer|global|flat|scratch)_(?:load|atomic)|^ds_/;
const OTHER = /^s_(?:waitcnt|barrier|delay_alu|clause|nop|branch|endpgm|set_inst_prefetch|inst_prefetch)/;

/** The registers of an operand, one by one: `v[4:6]` is v4, v5, v6. */
function registersOf(operand: string): string[] {
  const [, bank = "", from, to] = /^([sv])\[(\d+):(\d+)\]$/.exec(operand) ?? [];
  if (from === undefined) return [operand];
  return Array.from({ length: Number(to) - Number(from) + 1 }, (_, at) => `${bank}${Number(from) + at}`);
}

/**
 * Numbers the values that registers hold: what is computed by the same instructions from the same values has the same number.
 * A load gives a new value every time, except of the parameters, which scalar instructions load.
 */
class ValueNumbers {
  readonly #numbers = new Map<string, number>();
  readonly #held = new Map<string, number>();
  #loads = 0;

  /** The number of what a register holds; that of a constant is its own. */
  read(register: string): number {
    return this.#held.get(register) ?? this.#number(register);
  }

  run(text: string): void {
    if (OTHER.test(text)) return;
    const [operation = ""] = text.split(" ", 1);
    const operands = text.slice(operation.length + 1).split(/,\s*|\s+/).filter(Boolean);
    const count = GIVES_NOTHING.test(text) ? 0 : GIVES_TWO.test(text) ? 2 : 1;
    const targets = operands.slice(0, count);
    const sources = operands.slice(ACCUMULATES.test(text) ? 0 : targets.length).flatMap(registersOf);
    if (READS_CONDITION.test(text) || operands.includes("src_scc")) sources.push("scc");
    if (text.includes("saveexec")) sources.push("exec");
    if (LOADS.test(text)) sources.push(`load ${this.#loads++}`);
    const value = [operation, ...sources.map((source) => this.read(source === "src_scc" ? "scc" : source))].join(" ");
    const hold = (register: string, part: string): unknown => this.#held.set(register, this.#number(`${value} → ${part}`));
    for (const [at, register] of targets.flatMap(registersOf).entries()) hold(register, String(at));
    if (text.startsWith("v_cmpx") || text.includes("saveexec")) hold("exec", "exec");
    if (text.startsWith("s_") && !KEEPS_CONDITION.test(text)) hold("scc", "scc");
  }

  /** Runs what may be skipped: afterwards a register that it changes may hold either value. */
  runMaybe(texts: readonly string[]): void {
    const before = new Map(this.#held);
    for (const text of texts) this.run(text);
    for (const [register, value] of this.#held) {
      const old = before.get(register) ?? this.#number(register);
      if (old !== value) this.#held.set(register, this.#number(`${old} or ${value}`));
    }
  }

  #number(value: string): number {
    const known = this.#numbers.get(value) ?? this.#numbers.size;
    this.#numbers.set(value, known);
    return known;
  }
}

function conditionOf(text: string): string | undefined {
  return /^s_cbranch_(scc|vcc|exec)/.exec(text)?.[1];
}

/** Rounds until what is computed from the round before is so in every register. */
const WARM_UP = 2;

/**
 * The blocks that end with a branch which goes the same way in each round, because what it depends on does not change.
 * `trace`: the blocks of one round; `skippable`: those among them that not every round runs.
 */
export function steadyBranches(blocks: readonly Block[], trace: readonly number[], skippable: ReadonlySet<number>): Set<number> {
  const values = new ValueNumbers();
  const round = (): Map<number, string> => {
    const conditions = new Map<number, string>();
    for (const index of trace) {
      const texts = (blocks[index]?.instructions ?? []).map(({ text }) => text);
      if (skippable.has(index)) values.runMaybe(texts);
      else for (const text of texts) values.run(text);
      const condition = conditionOf(texts.at(-1) ?? "");
      if (condition !== undefined) conditions.set(index, `${conditions.get(index) ?? ""} ${values.read(condition)}`);
    }
    return conditions;
  };
  for (let warmUp = 0; warmUp < WARM_UP; warmUp++) round();
  const before = round();
  const after = round();
  return new Set([...after].filter(([index, condition]) => before.get(index) === condition).map(([index]) => index));
}

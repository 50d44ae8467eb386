import type { Block } from "./assembly.js";

/** Instructions whose target is also a source. */
const ACCUMULATES = /^v_(?:pk_)?(?:fmac|mac|swap|writelane|dot\w*c)|^s_(?:cmov|bitset)|_d16/;
/** Scalar instructions that do not change the condition code. */
const KEEPS_CONDITION = /^s_(?:mov|cmov|cselect|mul|bfm|brev|ff1|flbit|clz|ctz|sext|pack|getpc|load|buffer_load|cbranch|branch)/;
const READS_CONDITION = /^s_(?:cselect|cmov|addc|subb|add_co_ci|sub_co_ci|cbranch_scc)/;
/** Instructions without a result. Their first operand is a source. */
const NO_RESULT = /^(?:s_cmp|s_bitcmp|s_cbranch|v_cmpx|(?:buffer|global|flat|scratch)_store|ds_(?:store|write))/;
/** Instructions with two results. */
const TWO_RESULTS = /^v_\w*_co_|^v_div_scale|^v_mad_[iu]64/;
const LOADS = /^(?:buffer|global|flat|scratch)_(?:load|atomic)|^ds_/;
/** Instructions that change no register. */
const OTHER = /^s_(?:waitcnt|barrier|delay_alu|clause|nop|branch|endpgm|set_inst_prefetch|inst_prefetch)/;

/** The single registers of an operand: `v[4:6]` is v4, v5, v6. */
function registersOf(operand: string): string[] {
  const [, bank = "", from, to] = /^([sv])\[(\d+):(\d+)\]$/.exec(operand) ?? [];
  if (from === undefined) return [operand];
  return Array.from({ length: Number(to) - Number(from) + 1 }, (_, at) => `${bank}${Number(from) + at}`);
}

/**
 * Value numbering: values that the same instruction computes from the same values have the same number. Every load has a new
 * value, except scalar loads, because these read the parameters.
 */
class ValueNumbers {
  readonly #numbers = new Map<string, number>();
  readonly #held = new Map<string, number>();
  #loads = 0;

  /** The number of a register's current value. A constant is treated as a register that never changes. */
  read(register: string): number {
    return this.#held.get(register) ?? this.#number(register);
  }

  run(text: string): void {
    if (OTHER.test(text)) return;
    const [operation = ""] = text.split(" ", 1);
    const operands = text.slice(operation.length + 1).split(/,\s*|\s+/).filter(Boolean);
    const count = NO_RESULT.test(text) ? 0 : TWO_RESULTS.test(text) ? 2 : 1;
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

  /** Runs instructions that may be skipped. A register that they change may have either value afterwards. */
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

/** The number of rounds until every register that depends on the previous round does so in the numbering. */
const WARM_UP = 2;

/**
 * Returns the blocks that end with a steady branch, which goes the same way in every round because its condition does not change.
 * `trace`: the blocks of one round. `skippable`: those blocks in the trace that some rounds do not run.
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

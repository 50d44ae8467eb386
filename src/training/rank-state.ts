/** The state of a model on its way from rank to rank. */
import type { Message } from "../distributed/process-group.js";
import { RankError } from "../distributed/rank-error.js";
import { isJsonObject, type JsonObject } from "../io/parse-json.js";
import { joinFloats } from "../models/parts/join-floats.js";
import type { StateTensor, TrainerState } from "../models/parts/state.js";
import { formatManifest, parseManifest } from "../run/manifest.js";
import type { Shape } from "../shape.js";

type Written = Pick<Message, "value" | "floats">;

/** The tensors one after the other, and everything else as in a checkpoint's manifest. */
export function writeState({ tensors, counters, random }: TrainerState): Written {
  const all = [...tensors];
  const floats = joinFloats(all.map(([, { values }]) => values));
  const manifest = formatManifest({ step: 0, counters, random, record: {}, files: {} });
  return { value: { manifest, tensors: all.map(([name, { shape }]) => ({ name, shape })) }, floats };
}

/** Reads what `writeState` wrote. Throws a RankError for anything else. */
export function readState({ value, floats }: Written): TrainerState {
  const { manifest, tensors: names } = value;
  if (typeof manifest !== "string" || !Array.isArray(names)) throw new RankError("Expected the state of a rank, got something else.");
  const tensors = new Map<string, StateTensor>();
  let end = 0;
  for (const entry of names) {
    const { name, shape: extents }: JsonObject = isJsonObject(entry) ? entry : {};
    const shape: Shape = Array.isArray(extents) ? extents.map(Number) : [];
    const start = end;
    end += shape.reduce((size, extent) => size * extent, 1);
    tensors.set(String(name), { shape, values: floats.slice(start, end) });
  }
  if (end !== floats.length) throw new RankError(`Expected a state of ${end} numbers, got ${floats.length}.`);
  const { counters, random } = parseManifest(manifest, "the state of a rank");
  return { tensors, counters, random };
}

/** The part of a state whose names are not known. */
export function without({ tensors, random }: TrainerState, known: ReadonlySet<unknown>): TrainerState {
  return {
    tensors: new Map([...tensors].filter(([name]) => !known.has(name))),
    counters: {},
    random: Object.fromEntries(Object.entries(random).filter(([name]) => !known.has(name))),
  };
}

/** The states of several ranks as one, in the order in which a single process has its micro-batches. */
export function joinedStates(states: readonly TrainerState[]): TrainerState {
  return {
    tensors: new Map(states.flatMap(({ tensors }) => [...tensors])),
    counters: states[0]?.counters ?? {},
    random: Object.assign({}, ...states.map(({ random }) => random)),
  };
}

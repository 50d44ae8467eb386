/** The part of a checkpoint that belongs to the training loop, not to the model. */
import { CheckpointError } from "../errors.js";
import { isJsonObject, type JsonObject } from "../io/parse-json.js";
import type { Losses } from "../models/model.js";
import type { Plateau } from "../optim/plateau.js";

export interface LoopRecord {
  /** The last batch that was trained: its epoch, counted from 1, and its index in the epoch, from 0. */
  readonly epoch: number;
  readonly index: number;
  /** Number of samples seen so far. */
  readonly images: number;
  /** Losses of this step. */
  readonly losses: Losses;
  /** Whether this step was logged, shown and measured on held-out images only because the training ended there. */
  readonly endLogged: boolean;
  readonly endShown: boolean;
  readonly endMeasured: boolean;
  /** Steps that were left out because they left NaN or infinity. */
  readonly skipped: readonly number[];
  /** Kernel variants that were chosen by measurement. */
  readonly choices: Readonly<Record<string, string>>;
  /** Names and sizes of the images, hashed. */
  readonly data: string;
  /** Steps more than epoch and index say, because images were added or removed; negative: fewer. See `offsetOf`. */
  readonly offset: number;
  /** The held-out metric over the epochs so far; only with the plateau policy. */
  readonly plateau?: Plateau;
  readonly config: JsonObject;
}

export function formatRecord(record: LoopRecord): JsonObject {
  return { ...record };
}

function isLosses(value: unknown): value is Losses {
  return isJsonObject(value) && Object.values(value).every((loss) => typeof loss === "number");
}

function isSteps(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((step) => typeof step === "number");
}

function isChoices(value: unknown): value is LoopRecord["choices"] {
  return isJsonObject(value) && Object.values(value).every((choice) => typeof choice === "string");
}

function isPlateau(value: unknown): value is Plateau {
  if (!isJsonObject(value)) return false;
  const { best, badEpochs, falls } = value;
  return (best === undefined || typeof best === "number") && typeof badEpochs === "number" && typeof falls === "number";
}

/** Reads a record that `formatRecord` wrote. Throws a CheckpointError that begins with `where` for anything else. */
export function parseRecord(record: JsonObject, where: string): LoopRecord {
  const { epoch, index, images, losses, endLogged, endShown, endMeasured, skipped, choices, data, offset, plateau, config } = record;
  if (
    typeof epoch === "number" &&
    typeof index === "number" &&
    typeof images === "number" &&
    isLosses(losses) &&
    isSteps(skipped) &&
    isChoices(choices) &&
    typeof data === "string" &&
    (plateau === undefined || isPlateau(plateau)) &&
    isJsonObject(config)
  ) {
    const ends = { endLogged: endLogged === true, endShown: endShown === true, endMeasured: endMeasured === true };
    const place = { epoch, index, images, offset: typeof offset === "number" ? offset : 0, ...(plateau && { plateau }) };
    return { ...place, losses, ...ends, skipped, choices, data, config };
  }
  throw new CheckpointError(`${where}: expected the record of a training loop, got ${JSON.stringify(record).slice(0, 60)}.`);
}

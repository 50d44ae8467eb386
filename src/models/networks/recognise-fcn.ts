/** Recognises an FCN by the names and shapes of its tensors. */
import type { Shaped } from "../../io/differences.js";
import type { NetworkKind } from "./describe.js";
import { encoderNames, encoders, type FcnKind } from "./fcn.js";

/** The tensor that every FCN has and no other network. */
const MARK = "score_fr.weight";
/** A prefix, and the name of a tensor of an FCN. */
const nameInFcn = /^(|.*\.)((?:features\.\d+|score_(?:fr|pool\d)|upscore(?:2|8|16|_pool4)?)\.(?:weight|bias))$/s;

/** The prefixes of the FCNs among some names. */
export function fcnPrefixes(names: readonly string[]): ReadonlySet<string> {
  return new Set(names.flatMap((name) => (name === MARK || name.endsWith(`.${MARK}`) ? [name.slice(0, -MARK.length)] : [])));
}

/** The prefix and the rest of the name of a tensor of one of these FCNs; undefined for any other. */
export function splitFcnName(full: string, prefixes: ReadonlySet<string>): readonly [prefix: string, name: string] | undefined {
  if (prefixes.size === 0) return undefined;
  const [, prefix, name] = nameInFcn.exec(full) ?? [];
  return prefix !== undefined && name !== undefined && prefixes.has(prefix) ? [prefix, name] : undefined;
}

/** The FCN whose weights these are; undefined if they are of another network. Its encoder is the one with as many convolutions. */
export function fcnOf(weights: ReadonlyMap<string, Shaped>): NetworkKind | undefined {
  const score = weights.get(MARK);
  if (!score) return undefined;
  const [outputNc = 0] = score.shape;
  const [ngf = 0, inputNc = 0] = weights.get("features.0.weight")?.shape ?? [];
  const convs = [...weights.keys()].filter((name) => /^features\.\d+\.weight$/.test(name)).length;
  const encoder = encoderNames.find((name) => encoders[name].reduce<number>((sum, count) => sum + count, 0) === convs);
  if (encoder === undefined || outputNc === 0 || ngf === 0 || inputNc === 0) {
    return { kind: "unknown", what: `an FCN with an encoder of ${convs} convolutions, which is none of ${encoderNames.join(", ")}` };
  }
  const fcn: FcnKind = weights.has("score_pool3.weight") ? "8s" : weights.has("score_pool4.weight") ? "16s" : "32s";
  return { kind: "segmenter", sizes: { inputNc, outputNc, ngf, encoder, fcn } };
}

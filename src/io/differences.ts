/** The differences between the tensors of a file and those of a network, and their likely cause. */
import type { StoredTensor } from "./safetensors.js";

export interface Differences {
  /** Names that the network has and the file lacks. */
  readonly missing: readonly string[];
  /** Names that the file has and the network lacks. */
  readonly extra: readonly string[];
  /** Tensors whose shape differs from the network's, each as "name is 4×3, not 8×3". */
  readonly reshaped: readonly string[];
}

/** Anything with a shape. */
export type Shaped = Pick<StoredTensor, "shape">;

const statisticName = /\.(running_mean|running_var|num_batches_tracked)$/;

/** Whether a name is that of a norm's running statistics. Old files have them even for instance norm. */
export function isStatistic(name: string): boolean {
  return statisticName.test(name);
}

/** Compares shapes in the file's order of axes. Running statistics that are not wanted are ignored. */
export function compareShapes(
  wanted: ReadonlyMap<string, readonly number[]>,
  tensors: ReadonlyMap<string, Shaped>,
): Differences {
  const reshaped = [...wanted].flatMap(([name, shape]) => {
    const found = tensors.get(name)?.shape ?? shape;
    return found.join("×") === shape.join("×") ? [] : [`${name} is ${found.join("×")}, not ${shape.join("×")}`];
  });
  return {
    missing: [...wanted.keys()].filter((name) => !tensors.has(name)),
    extra: [...tensors.keys()].filter((name) => !wanted.has(name) && !isStatistic(name)),
    reshaped,
  };
}

/** A sentence with the differences and one with their likely cause; undefined if there are none. */
export function explainDifferences(differences: Differences): string | undefined {
  const { missing, extra, reshaped } = differences;
  const parts = [
    ...(missing.length > 0 ? [`missing ${enumerate(missing)}`] : []),
    ...(extra.length > 0 ? [`unknown ${enumerate(extra)}`] : []),
    ...(reshaped.length > 0 ? [enumerate(reshaped)] : []),
  ];
  return parts.length === 0 ? undefined : `${parts.join("; ")}. ${likelyCause(differences)}`;
}

function enumerate(items: readonly string[]): string {
  const shown = items.slice(0, 4).join(", ");
  return items.length > 4 ? `${shown} and ${items.length - 4} more` : shown;
}

/** Whether a tensor differs only in the order of its first two axes, as in "name is 4×3×1×1, not 3×4×1×1". */
function isSwapped(difference: string): boolean {
  const [, first, second, rest, wantedFirst, wantedSecond, wantedRest] = /(\d+)×(\d+)((?:×\d+)*), not (\d+)×(\d+)((?:×\d+)*)$/.exec(difference) ?? [];
  return first !== undefined && first !== second && first === wantedSecond && second === wantedFirst && rest === wantedRest;
}

function likelyCause({ missing, extra, reshaped }: Differences): string {
  if (missing.length + extra.length === 0 && reshaped.every(isSwapped)) {
    return "Their first two axes are exchanged. PyTorch stores a convolution as [out, in, …], and a transposed one as [in, out, …].";
  }
  if (missing.length + extra.length === 0) return "They were likely trained with another --ngf, --ndf, --input-nc or --upsample.";
  const some = (names: readonly string[], part: string): boolean => names.some((name) => name.includes(part));
  if (some(missing, ".conv_block.5.") && some(extra, ".conv_block.6.")) {
    return "They were likely trained with dropout, which counts as a layer in the names. loadWeights renumbers them.";
  }
  if ([...missing, ...extra].some((name) => name.endsWith(".weight_orig"))) {
    return "They were likely trained with another --spectral-norm.";
  }
  if ([...missing, ...extra].every((name) => name.endsWith(".bias"))) {
    return "They were likely trained with another --norm.";
  }
  return "They were likely trained with another --n-blocks or --n-layers-d, or belong to another kind of network.";
}

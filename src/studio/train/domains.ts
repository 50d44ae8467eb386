/** Which pictures belong to domain A, and which to B. */
import type { GivenFile } from "../files/given-file.js";
import type { Domains } from "../worker/trainer-protocol.js";

export const noPictures: Domains = { A: [], B: [] };

/** The first folder of a path; empty for a file on its own. */
function topOf({ path }: GivenFile): string {
  return path.includes("/") ? path.slice(0, path.indexOf("/")) : "";
}

/** Without the first folder of their paths, which is the one that was chosen. */
function inFolder(files: readonly GivenFile[]): GivenFile[] {
  return files.map(({ path, file }) => ({ path: path.slice(path.indexOf("/") + 1), file }));
}

function byTop(files: readonly GivenFile[]): Map<string, GivenFile[]> {
  const groups = new Map<string, GivenFile[]>();
  for (const file of files) groups.set(topOf(file), [...(groups.get(topOf(file)) ?? []), file]);
  return groups;
}

/** The folders trainA and trainB, if these are all folders there are besides testA and testB. */
function datasetIn(groups: ReadonlyMap<string, readonly GivenFile[]>): Domains | undefined {
  const { trainA, trainB } = Object.fromEntries(groups);
  return trainA && trainB ? { A: inFolder(trainA), B: inFolder(trainB) } : undefined;
}

/** Pictures for one domain, such as those of a folder. */
export function picturesFor(files: readonly GivenFile[]): GivenFile[] {
  const [[top = "", group = []] = [], ...more] = byTop(files);
  return more.length === 0 && top !== "" ? inFolder(group) : [...files];
}

/**
 * Pictures that were dropped on the page. Two folders are A and B, in the order of their names. A folder with trainA and trainB is a
 * data set of the reference. Other pictures are those of the first domain that has none, or of B.
 */
export function sortDomains(files: readonly GivenFile[], before: Domains): Domains {
  if (files.length === 0) return before;
  const groups = byTop(files);
  const [first, second, ...more] = [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
  const dataset = datasetIn(groups) ?? (groups.size === 1 ? datasetIn(byTop(inFolder(files))) : undefined);
  if (dataset) return dataset;
  if (first && second && more.length === 0 && first[0] !== "") return { A: inFolder(first[1]), B: inFolder(second[1]) };
  return before.A.length === 0 ? { ...before, A: picturesFor(files) } : { ...before, B: picturesFor(files) };
}

/** A name for a run that no other run has: `first`, or with a number. */
export function freeName(first: string, taken: readonly string[]): string {
  for (let number = 1; ; number++) {
    const name = number === 1 ? first : `${first}-${number}`;
    if (!taken.includes(name)) return name;
  }
}

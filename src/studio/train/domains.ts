/** Which pictures belong to domain A, and which to B. */
import type { GivenFile } from "../files/given-file.js";
import type { SkippedFile } from "../files/sort-files.js";
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
  for (const file of files) {
    const group = groups.get(topOf(file));
    if (group) group.push(file);
    else groups.set(topOf(file), [file]);
  }
  return groups;
}

/** The folders of a data set of the reference, or of one in a single folder; undefined if trainA or trainB is not among them. */
function datasetIn(files: readonly GivenFile[]): ReadonlyMap<string, readonly GivenFile[]> | undefined {
  const groups = byTop(files);
  if (groups.has("trainA") && groups.has("trainB")) return groups;
  return groups.size === 1 && !groups.has("") ? datasetIn(inFolder(files)) : undefined;
}

/** What is in a data set of the reference besides the pictures to train on, which `sortDomains` leaves out. */
export function besideTraining(files: readonly GivenFile[]): SkippedFile[] {
  const others = [...(datasetIn(files)?.keys() ?? [])].filter((folder) => folder !== "trainA" && folder !== "trainB");
  return others.map((folder) => ({ path: folder, reason: "only trainA and trainB are used: the page holds out some of their pictures itself" }));
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
  const dataset = datasetIn(files);
  if (dataset) return { A: inFolder(dataset.get("trainA") ?? []), B: inFolder(dataset.get("trainB") ?? []) };
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

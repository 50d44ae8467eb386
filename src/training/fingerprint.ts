import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { findDomains } from "../data/image-folder.js";

/** SHA-256 over the names and sizes of all training images, in their order: the same data set wherever it lies. */
export function dataFingerprint(dataroot: string): string {
  const hash = createHash("sha256");
  const { a, b } = findDomains(dataroot, "train");
  for (const [letter, paths] of [["A", a], ["B", b]] as const) {
    const folder = join(dataroot, `train${letter}`);
    for (const path of paths) {
      const name = relative(folder, path).split(sep).join("/");
      hash.update(JSON.stringify([letter, name, statSync(path).size]));
    }
  }
  return hash.digest("hex");
}

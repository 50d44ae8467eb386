/** Images and their labels, which are images of class numbers. */
import type { DatasetKind } from "../dataset.js";
import { pairedFolders } from "./aligned.js";

/** Two folders, `trainA` with images and `trainB` with labels of the same names, as in `pairedFolders`. */
export const labelled: DatasetKind<"A" | "B"> = { ...pairedFolders, name: "labelled", labels: "B" };

/** Replaces src/data/decode-labels.ts: a browser's decoder loses the numbers of a palette. */
import { DataError } from "../../errors.js";

export async function decodeLabels(path: string): Promise<never> {
  throw new DataError(`${path}: this page does not read labels. Use "cyclegan train" for a segmentation.`);
}

import { describe, expect, test } from "vitest";
import { formatEvaluation } from "../../src/cli/format-evaluation.js";
import type { DirectionEvaluation, Evaluation } from "../../src/evaluate/evaluate.js";

const swd = (mean: number): DirectionEvaluation["swd"] => ({ mean, levels: [] });
const lines = (figures: Partial<Evaluation>): string[] =>
  formatEvaluation({ images: { A: 2, B: 2 }, width: 64, height: 64, ...figures }).split("\n").filter((line) => line.startsWith("A to B:") || line.startsWith("B to A:"));

describe("below the table", () => {
  test("a sentence for each direction says whether the model is better than leaving images as they are", () => {
    expect(lines({ AtoB: { swd: swd(40), untranslated: swd(120) }, BtoA: { swd: swd(130), untranslated: swd(120) } })).toEqual([
      "A to B: by SWD, the translations are better than the images left as they are: 40.0 instead of 120.0.",
      "B to A: by SWD, the translations are no better than the images left as they are: 130.0 instead of 120.0.",
    ]);
  });

  test("a second sentence compares pairs pixel by pixel", () => {
    const paired = { pairs: 2, translated: { l1: 0.5, psnr: 9 }, untranslated: { l1: 0.25, psnr: 12 } };
    expect(lines({ AtoB: { swd: swd(40), untranslated: swd(120), paired } })[1]).toBe(
      "A to B: pixel by pixel, they are no better than the images left as they are: 0.5000 instead of 0.2500.",
    );
  });

  test("nothing is said if the untranslated images cannot be compared", () => {
    expect(lines({ AtoB: { swd: swd(40) } })).toEqual([]);
  });
});

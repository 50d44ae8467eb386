/** Unpaired images: two folders, `trainA` and `trainB`, whose images need not correspond. The reference's `unaligned`. */
import type { DatasetKind } from "../dataset.js";
import { drawChoices } from "../transform.js";

/**
 * A sample is the next image of A in a random permutation, and a uniformly drawn image of B. An epoch has as many samples as
 * the larger folder has images.
 */
export const unpaired: DatasetKind<"A" | "B"> = {
  name: "unpaired",
  sides: ["A", "B"],
  masks: ["A", "B"],
  folders: (phase) => ({ A: `${phase}A`, B: `${phase}B` }),
  source: (side, direction) => ({ folder: (side === "A") === (direction === "AtoB") ? "A" : "B" }),
  samplesPerEpoch: (sizes) => Math.max(sizes.A, sizes.B),
  epoch(epoch, sizes, { random: parent, serialBatches, flip }) {
    const random = parent.stream(`epoch ${epoch}`);
    const randomB = random.stream("b");
    const randomChoices = random.stream("choices");
    const length = Math.max(sizes.A, sizes.B);
    const order = serialBatches ? Array.from({ length }, (_, index) => index) : random.permutation(length);
    return order.map((index) => {
      const b = serialBatches ? index % sizes.B : randomB.integer(sizes.B);
      return {
        A: { index: index % sizes.A, choices: drawChoices(randomChoices, flip) },
        B: { index: b, choices: drawChoices(randomChoices, flip) },
      };
    });
  },
};

/** Paired images: one folder, `train`, whose images show A in their left half and B in their right. The reference's `aligned`. */
import type { DatasetKind } from "../dataset.js";
import { drawChoices } from "../transform.js";

/** A sample is both halves of one image, with the same crop and mirroring. */
export const aligned: DatasetKind<"A" | "B"> = {
  name: "aligned",
  sides: ["A", "B"],
  folders: (phase) => ({ AB: phase }),
  source: (side, direction) => ({ folder: "AB", half: (side === "A") === (direction === "AtoB") ? "left" : "right" }),
  samplesPerEpoch: (sizes) => sizes.A,
  epoch(epoch, sizes, { random: parent, serialBatches, flip }) {
    const random = parent.stream(`epoch ${epoch}`);
    const randomChoices = random.stream("choices");
    const length = sizes.A;
    const order = serialBatches ? Array.from({ length }, (_, index) => index) : random.permutation(length);
    return order.map((index) => {
      const image = { index, choices: drawChoices(randomChoices, flip) };
      return { A: image, B: image };
    });
  },
};

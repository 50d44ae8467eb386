/** Paired images: halves of one image, or images of one name in two folders. The reference's `aligned`. */
import type { DatasetKind } from "../dataset.js";
import { drawChoices } from "../transform.js";

type Epoch = DatasetKind<"A" | "B">["epoch"];

/** A sample is a pair, with the same crop and mirroring of both. */
const epoch: Epoch = (number, sizes, { random: parent, serialBatches, flip }) => {
  const random = parent.stream(`epoch ${number}`);
  const randomChoices = random.stream("choices");
  const length = sizes.A;
  const order = serialBatches ? Array.from({ length }, (_, index) => index) : random.permutation(length);
  return order.map((index) => {
    const image = { index, choices: drawChoices(randomChoices, flip) };
    return { A: image, B: image };
  });
};

/** Two folders, `trainA` and `trainB`, in which images of one name are a pair: 1.png in both, or 1_A.png and 1_B.png. */
export const pairedFolders: DatasetKind<"A" | "B"> = {
  name: "paired folders",
  sides: ["A", "B"],
  masks: ["A"],
  pairs: true,
  folders: (phase) => ({ A: `${phase}A`, B: `${phase}B` }),
  source: (side, direction) => ({ folder: (side === "A") === (direction === "AtoB") ? "A" : "B" }),
  samplesPerEpoch: (sizes) => sizes.A,
  epoch,
};

/** One folder, `train`, whose images show A in their left half and B in their right; or `pairedFolders`. */
export const aligned: DatasetKind<"A" | "B"> = {
  name: "aligned",
  sides: ["A", "B"],
  masks: ["A"],
  apart: pairedFolders,
  folders: (phase) => ({ AB: phase }),
  source: (side, direction) => ({ folder: "AB", half: (side === "A") === (direction === "AtoB") ? "left" : "right" }),
  samplesPerEpoch: (sizes) => sizes.A,
  epoch,
};

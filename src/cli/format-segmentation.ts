/** Formats the figures of an FCN, and the FCN score, as tables. */
import type { FcnScore } from "../evaluate/fcn-score.js";
import type { SegmentationEvaluation } from "../evaluate/segmentation.js";

const labelWidth = 44;
const columnWidth = 16;

function line(label: string, columns: readonly string[]): string {
  return `${label.padEnd(labelWidth)}${columns.map((column) => column.padStart(columnWidth)).join("")}`;
}

/** The four figures, and the intersection over union of each class. */
export function formatSegmentation({ images, width, height, figures, classes }: SegmentationEvaluation): string {
  const { pixelAccuracy, meanAccuracy, meanIoU, frequencyWeightedIoU } = figures;
  return [
    `Test images: ${images}, measured at ${width}×${height}. Higher is better, 1 is all.`,
    line("pixel accuracy", [pixelAccuracy.toFixed(4)]),
    line("mean accuracy", [meanAccuracy.toFixed(4)]),
    line("mean IoU", [meanIoU.toFixed(4)]),
    line("frequency-weighted IoU", [frequencyWeightedIoU.toFixed(4)]),
    "",
    "IoU of each class",
    ...classes.map(({ name, iou }) => line(`  ${name}`, [iou?.toFixed(4) ?? "does not occur"])),
  ].join("\n");
}

/** The paper's figures of labels → photo on Cityscapes, which depend on its FCN and its data. Source: arXiv 1703.10593, FCN scores. */
const papers = [
  ["CycleGAN", 0.52, 0.17, 0.11],
  ["pix2pix", 0.71, 0.25, 0.18],
] as const;

/** The FCN score beside the paper's. */
export function formatFcnScore({ images, translated, real }: FcnScore): string[] {
  const columns = ({ pixelAccuracy, meanAccuracy, meanIoU }: FcnScore["translated"]): string[] =>
    [pixelAccuracy, meanAccuracy, meanIoU].map((value) => value.toFixed(2));
  return [
    line(`FCN score of ${images} ${images === 1 ? "photo" : "photos"} made from labels`, ["pixel accuracy", "class accuracy", "class IoU"]),
    line("  these translations", columns(translated)),
    ...(real ? [line("  the real photos of the same names", columns(real))] : []),
    ...papers.map(([name, ...figures]) => line(`  ${name} in CycleGAN's paper (Cityscapes)`, figures.map((value) => value.toFixed(2)))),
    "The paper's figures are of other data and another FCN: compare only figures of one FCN and one data set with each other.",
  ];
}

/** Formats the figures of `cyclegan eval` as a table. */
import type { DirectionEvaluation, Evaluation } from "../evaluate/evaluate.js";
import type { PairedFigures } from "../metrics/paired.js";
import { formatFcnScore } from "./format-segmentation.js";

/** A label, and a figure for each measured direction. */
type Row = readonly [label: string, ...figures: string[]];

const labelWidth = 38;
const columnWidth = 12;

function layOut([label, ...columns]: Row): string {
  return `${label.padEnd(labelWidth)}${columns.map((column) => column.padStart(columnWidth)).join("")}`;
}

function directionsOf({ AtoB, BtoA }: Evaluation): DirectionEvaluation[] {
  return [AtoB, BtoA].filter((direction) => direction !== undefined);
}

/** A row with one figure; none if no direction has it. */
function row(
  evaluation: Evaluation,
  label: string,
  figure: (direction: DirectionEvaluation) => number | undefined,
  digits: number,
): Row[] {
  const figures = directionsOf(evaluation).map(figure);
  if (figures.every((value) => value === undefined)) return [];
  return [[label, ...figures.map((value) => value?.toFixed(digits).replace("Infinity", "∞") ?? "")]];
}

function pairedRows(evaluation: Evaluation): Row[] {
  const pairs = directionsOf(evaluation)[0]?.paired?.pairs;
  if (pairs === undefined) return [];
  const before = (name: keyof PairedFigures, digits: number): Row[] =>
    row(evaluation, "  before translation", ({ paired }) => paired?.untranslated?.[name], digits);
  const figure = (label: string, name: keyof PairedFigures, digits: number): Row[] => [
    ...row(evaluation, label, ({ paired }) => paired?.translated[name], digits),
    ...before(name, digits),
  ];
  return [
    [""],
    [`${pairs} ${pairs === 1 ? "pair" : "pairs"} of the same name`],
    ...figure("mean |fake - true|, in [-1, 1]", "l1", 4),
    ...figure("PSNR in dB, higher is better", "psnr", 2),
    ...figure("SSIM, higher is better", "ssim", 4),
  ];
}

/** Whether a figure is better than that of images left as they are; a lower one is. */
function comparison(translated: number, untranslated: number, digits: number): string {
  const word = translated < untranslated ? "better" : "no better";
  return `${word} than the images left as they are: ${translated.toFixed(digits)} instead of ${untranslated.toFixed(digits)}`;
}

/** A sentence for each direction on whether translating does more than leaving the images as they are. */
function verdicts({ AtoB, BtoA }: Evaluation): string[] {
  const named = [["A to B", AtoB], ["B to A", BtoA]] as const;
  return named.flatMap(([name, direction]) => {
    if (!direction?.untranslated) return [];
    const { swd, untranslated, paired } = direction;
    const distance = `${name}: by SWD, the translations are ${comparison(swd.mean, untranslated.mean, 1)}.`;
    if (!paired?.untranslated) return [distance];
    return [distance, `${name}: pixel by pixel, they are ${comparison(paired.translated.l1, paired.untranslated.l1, 4)}.`];
  });
}

/** The figures of all directions as a table, and what they mean. */
export function formatEvaluation(evaluation: Evaluation): string {
  const { images, width, height, AtoB, BtoA, fcnScore } = evaluation;
  const levels = (directionsOf(evaluation)[0]?.swd.levels ?? []).flatMap((level, index) =>
    row(evaluation, `  at ${level.width}×${level.height}`, ({ swd }) => swd.levels[index]?.distance, 1),
  );
  const rows: Row[] = [
    ["", ...(AtoB ? ["A to B"] : []), ...(BtoA ? ["B to A"] : [])],
    ...row(evaluation, "SWD × 1000, lower is better", ({ swd }) => swd.mean, 1),
    ...levels,
    ...row(evaluation, "  before translation", ({ untranslated }) => untranslated?.mean, 1),
    ...row(evaluation, "  of real training images", ({ realToReal }) => realToReal?.mean, 1),
    ...row(evaluation, "cycle, mean |rec - real| in [-1, 1]", ({ cycle }) => cycle, 4),
    ...pairedRows(evaluation),
  ];
  const title = `Test images: ${images.A} of A and ${images.B} of B, measured at ${width}×${height}.`;
  const meaning = verdicts(evaluation);
  return [title, ...rows.map((each) => layOut(each).trimEnd()), ...(fcnScore ? ["", ...formatFcnScore(fcnScore)] : []), ...(meaning.length > 0 ? ["", ...meaning] : [])].join("\n");
}

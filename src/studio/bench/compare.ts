/** This GPU beside other devices: a card for each benchmark. */
import { formatNumber } from "../../format.js";
import type { AdapterReport, LeftOutStep } from "../../bench/report.js";
import type { Benchmarks, Figures } from "./benchmarks.js";

/** A device that has figures. */
export interface Contender {
  readonly name: string;
  readonly isOwn: boolean;
  readonly figures: Figures;
  readonly leftOut: readonly LeftOutStep[];
}

/** A device in a card. */
export interface Row {
  readonly device: string;
  readonly isOwn: boolean;
  /** The figures in words, such as `4.45 TFLOP/s · 0.870 ms`. */
  readonly figures: string;
  /** The rate as a part of the best one in the card; 0 if it was not measured. */
  readonly ofBest: number;
  /** What else is known; may be empty. */
  readonly note: string;
}

export interface Card {
  readonly name: string;
  readonly rows: readonly Row[];
}

export interface Group {
  readonly title: string;
  /** A sentence on what is measured. */
  readonly about: string;
  readonly cards: readonly Card[];
}

/** A rate in GFLOP/s or GB/s, or in thousands of them. */
export function formatRate(rate: number, unit: "FLOP/s" | "B/s"): string {
  return rate >= 1000 ? `${formatNumber(rate / 1000)} T${unit}` : `${formatNumber(rate)} G${unit}`;
}

function percent(part: number): string {
  if (part < 0.001) return "under 0.1 %";
  return `${(100 * part).toFixed(part < 0.1 ? 1 : 0)} %`;
}

/** An adapter's name in a card. A software adapter is better known by its driver: `llvmpipe (processor)`. */
export function shortName({ name, driver, isCpu }: AdapterReport): string {
  const words = name.split(" ");
  const known = words.filter((word, index) => !words[index + 1]?.startsWith(word)).join(" ");
  if (!isCpu) return known;
  const [program, ...more] = driver.split(":");
  return `${more.length > 0 ? program : known} (processor)`;
}

/** A figure of a device, before it is compared. */
interface Measured {
  readonly rate: number;
  readonly figures: string;
  readonly note?: string;
}

/** A card, if any device has a figure for it. */
function cardOf(name: string, contenders: readonly Contender[], of: (contender: Contender) => Measured | undefined): Card[] {
  const found = contenders.flatMap((contender) => {
    const measured = of(contender);
    return measured ? [{ contender, ...measured }] : [];
  });
  if (found.length === 0) return [];
  const best = Math.max(...found.map(({ rate }) => rate));
  const rows = found.map(({ contender: { name: device, isOwn }, rate, figures, note }): Row => {
    const ofBest = best > 0 ? rate / best : 0;
    const notes = [rate > 0 && rate < best ? `${percent(ofBest)} of the best` : undefined, note].filter((one) => one !== undefined);
    return { device, isOwn, figures, ofBest, note: notes.join(", ") };
  });
  return [{ name, rows }];
}

function limitCards(contenders: readonly Contender[]): Card[] {
  const limit = (name: string, which: "arithmetic" | "copy", unit: "FLOP/s" | "B/s"): Card[] =>
    cardOf(name, contenders, ({ figures: { limits } }) => limits && { rate: limits[which], figures: formatRate(limits[which], unit) });
  return [...limit("Multiply-add in registers", "arithmetic", "FLOP/s"), ...limit("Copy through a kernel", "copy", "B/s")];
}

function stepCard(name: string, contenders: readonly Contender[]): Card[] {
  return cardOf(name, contenders, ({ figures: { steps }, leftOut }) => {
    const step = steps.find((one) => one.name === name);
    if (step) {
      const { milliseconds, gigaflops } = step;
      return { rate: gigaflops, figures: `${formatNumber(1000 / milliseconds)} steps/s · ${formatNumber(milliseconds)} ms`, note: formatRate(gigaflops, "FLOP/s") };
    }
    const left = leftOut.find((one) => one.name === name);
    return left && { rate: 0, figures: "left out", note: left.problem ?? `a step would take about ${formatNumber(left.seconds)} s` };
  });
}

function kernelCard(name: string, contenders: readonly Contender[]): Card[] {
  return cardOf(name, contenders, ({ figures: { kernels } }) => {
    const kernel = kernels.find((one) => one.name === name);
    if (!kernel) return undefined;
    const { milliseconds, gigaflops, gigabytes, limit, share } = kernel;
    const [rate, unit] = gigaflops > 0 ? ([gigaflops, "FLOP/s"] as const) : ([gigabytes, "B/s"] as const);
    return { rate, figures: `${formatRate(rate, unit)} · ${formatNumber(milliseconds)} ms`, note: `${percent(share)} of its ${limit} limit` };
  });
}

/** A step's name without what the title of its group says. */
function stepTitle({ name, rows }: Card): Card {
  return { name: name.replace(/^training step, /, ""), rows };
}

/** The cards of all benchmarks that a device has figures for. */
export function compare({ kernels, steps }: Pick<Benchmarks, "kernels" | "steps">, contenders: readonly Contender[]): readonly Group[] {
  return [
    {
      title: "Training steps",
      about: "A whole step of CycleGAN with batch 1: both generators, both discriminators, all losses, and Adam. ngf is the width of the networks.",
      cards: steps.flatMap((name) => stepCard(name, contenders)).map(stepTitle),
    },
    {
      title: "Limits",
      about: "What the device does at best, measured with kernels that do nothing else.",
      cards: limitCards(contenders),
    },
    {
      title: "Kernels",
      about:
        "The convolutions and norms of the residual blocks. A rate counts the operations of the direct convolution, even if Winograd's method needs fewer, so it can exceed the limit.",
      cards: kernels.flatMap((name) => kernelCard(name, contenders)),
    },
  ];
}

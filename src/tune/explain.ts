/** What computes the convolutions of some work on a device, and why. */
import type { Gpu } from "../gpu/gpu.js";
import { watchConvolutions } from "../ops/conv/lower.js";
import { describePlan } from "../ops/conv/tiled.js";
import { convKey, explainPick, fittingVariants, type Picked } from "../ops/conv/variants.js";

/** Passes of equal convolutions, and what computes them. */
export interface ExplainedConv extends Picked {
  /** The pass and its sizes, as `convKey` writes them. */
  readonly conv: string;
  /** How often it occurs in the work. */
  readonly count: number;
  /** How it is lowered; "plain" if the product is the convolution itself. */
  readonly lowering: string;
  /** The key of its product, under which a variant can be pinned. */
  readonly product: string;
  /** The tile of the variant `tiled`; absent for others. */
  readonly tile?: string;
  /** What else fits. */
  readonly others: readonly string[];
}

/** Explains every pass of every convolution of `work`, which gets a device that computes nothing; see `tune`. */
export async function explainConvolutions(gpu: Gpu, work: (rehearsal: Gpu) => unknown): Promise<ExplainedConv[]> {
  using rehearsal = gpu.rehearsal();
  const found = new Map<string, ExplainedConv>();
  watchConvolutions(rehearsal, ({ pass, g, lowering, product }) => {
    const conv = convKey(pass, g);
    const picked = explainPick(gpu, product.pass, product.g);
    const others = fittingVariants(gpu, product.pass, product.g).filter((name) => name !== picked.variant);
    const tile = picked.variant === "tiled" ? { tile: describePlan(gpu, product.pass, product.g) } : {};
    const count = (found.get(conv)?.count ?? 0) + 1;
    found.set(conv, { conv, count, lowering, product: convKey(product.pass, product.g), ...picked, ...tile, others });
  });
  await work(rehearsal);
  return [...found.values()];
}

/** A line or two for a terminal. */
export function formatExplained({ conv, count, lowering, product, variant, tile, chosen, passedOver, others }: ExplainedConv): string {
  const why = chosen
    ? "chosen for this device"
    : ["first that fits and pays", ...passedOver.map(({ variant: name, reason }) => `${name} ${reason}`)].join("; ");
  const rest = others.length > 0 ? ` Others that fit: ${others.join(", ")}.` : "";
  const lowered = lowering === "plain" ? "" : `\n      as ${lowering}: ${product}`;
  return `${String(count).padStart(3)}× ${conv}${lowered}\n      = ${variant}${tile === undefined ? "" : ` (${tile})`}: ${why}.${rest}\n`;
}

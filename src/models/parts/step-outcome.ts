import { NonFiniteError } from "../../errors.js";
import type { Gpu } from "../../gpu/gpu.js";
import type { Tensor } from "../../tensor/tensor.js";
import { lossNames, type Losses, type LossName } from "../cyclegan/options.js";

/** What became of a step. */
export type StepOutcome = { readonly losses: Losses } | { readonly failure: Error };

export type StepLosses = Readonly<Partial<Record<LossName, Tensor>>>;

/** Before any step. */
export const noLosses: Losses = lossesOf([], []);

/**
 * Submits the step and, when the device has done it, tells its losses: 0 for those left out.
 *
 * A failure is a NonFiniteError where a loss is no finite number or an optimizer's flag (`Adam.nonFinite`) is up, else
 * what went wrong on the device. Costs a few copies of 4 bytes and no wait of its own.
 */
export async function outcomeOf(gpu: Gpu, losses: StepLosses, flags: Readonly<Record<string, Tensor>>): Promise<StepOutcome> {
  const names = lossNames.filter((name) => losses[name]);
  const tensors = [...names.flatMap((name) => losses[name] ?? []), ...Object.values(flags)];
  const fetch = gpu.capture(tensors.map(({ storage }) => storage));
  try {
    await gpu.idle();
    if (gpu.isRehearsal) return { losses: noLosses };
    const values = await fetch();
    const got = lossesOf(names, values);
    // The bits of a raised flag are those of a very small float.
    const raised = Object.keys(flags).filter((_, index) => values[names.length + index] !== 0);
    const broken = [
      ...names.filter((name) => !Number.isFinite(got[name])).map((name) => `${name} = ${got[name]}`),
      ...raised.map((name) => `NaN or infinity among the gradients, parameters and moments of ${name}`),
    ];
    if (broken.length === 0) return { losses: got };
    return { failure: new NonFiniteError(`training step: expected finite numbers, got ${broken.join(", ")}. Use a lower learning rate.`) };
  } catch (failure) {
    return { failure: failure instanceof Error ? failure : new Error(String(failure)) };
  }
}

function lossesOf(names: readonly LossName[], values: ArrayLike<number>): Losses {
  const value = (name: LossName): number => (names.includes(name) ? (values[names.indexOf(name)] ?? Number.NaN) : 0);
  return {
    D_A: value("D_A"),
    G_A: value("G_A"),
    cycle_A: value("cycle_A"),
    idt_A: value("idt_A"),
    D_B: value("D_B"),
    G_B: value("G_B"),
    cycle_B: value("cycle_B"),
    idt_B: value("idt_B"),
  };
}

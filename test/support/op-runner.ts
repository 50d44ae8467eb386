import { describe, it } from "vitest";
import type { Gpu } from "../../src/gpu/gpu.js";
import { checkError, checks, checksOf, checkVariant, makeProblem, type AnyOp } from "./check-op.js";
import type { Figures } from "./figures.js";
import type { OpCase } from "./op-case.js";

declare module "vitest" {
  interface TaskMeta {
    /** What a test of an op compared; scripts/gradcheck.ts prints it. */
    opCheck?: { readonly op: string; readonly sample: string; readonly figures: readonly Figures[] };
  }
}

/**
 * Declares the tests of an op: for every sample values, gradients, linearity, subsets, memory and the tiles of both
 * kinds of adapter (see `checks`); then its variants, of which those that fit no sample on this device are skipped; then its
 * errors.
 *
 * `gpu`: a guarded device, see `useGpu`.
 */
export function testOp<Name extends string, Optional extends string, Attrs>(
  gpu: () => Gpu,
  op: OpCase<Name, Optional, Attrs>,
): void {
  const anyOp = op as unknown as AnyOp;
  describe.each(anyOp.samples)(`${op.name}: $name`, (sample) => {
    it.for(checksOf(anyOp))("%s", async (name, { task }) => {
      const figures: Figures[] = [];
      task.meta.opCheck = { op: op.name, sample: sample.name, figures };
      await checks[name](makeProblem(gpu(), anyOp, sample, (found) => figures.push(found)));
    });
  });
  it.for([...(op.variants?.keys() ?? [])])(`${op.name} does the same by %s`, async (variant, { skip, task }) => {
    const figures: Figures[] = [];
    task.meta.opCheck = { op: op.name, sample: `by ${variant}`, figures };
    let ran = 0;
    for (const sample of anyOp.samples) {
      if (await checkVariant(makeProblem(gpu(), anyOp, sample, (found) => figures.push(found)), variant)) ran++;
    }
    skip(ran === 0, `${variant} fits no sample on this device`);
  });
  if (op.errors) it.each(op.errors)(`${op.name} rejects $name`, (error) => checkError(gpu(), error));
}

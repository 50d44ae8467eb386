import { describe, it } from "vitest";
import type { Gpu } from "../../src/gpu/gpu.js";
import { checkError, checks, checksOf, checkVariant, makeProblem, type AnyOp } from "./check-op.js";
import type { Figures } from "./figures.js";
import type { OpCase } from "./op-case.js";

declare module "vitest" {
  interface TaskMeta {
    /** The figures of an op's test, which scripts/gradcheck.ts prints. */
    opCheck?: { readonly op: string; readonly sample: string; readonly figures: readonly Figures[] };
  }
}

/**
 * Declares the tests of an op. Every sample has tests for values, gradients, linearity, subsets of gradients, memory, and the
 * tiles of both kinds of adapter (see `checks`). Then there is a test for each variant, which is skipped if the variant fits no
 * sample on this device, and one for each error case.
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
  it.for([...(op.variants?.keys() ?? [])])(`${op.name} gives the same result with %s`, async (variant, { skip, task }) => {
    const figures: Figures[] = [];
    task.meta.opCheck = { op: op.name, sample: `with ${variant}`, figures };
    let ran = 0;
    for (const sample of anyOp.samples) {
      if (await checkVariant(makeProblem(gpu(), anyOp, sample, (found) => figures.push(found)), variant)) ran++;
    }
    skip(ran === 0, `${variant} fits no sample on this device`);
  });
  if (op.errors) it.each(op.errors)(`${op.name} rejects $name`, (error) => checkError(gpu(), error));
}

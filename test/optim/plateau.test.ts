/** The plateau policy against PyTorch's: test/reference/plateau.py made the rates. */
import { expect, it } from "vitest";
import { afterEpoch, noPlateau, plateauRate, type Plateau } from "../../src/optim/plateau.js";
import { readFigures } from "../agreement/fixture.js";

interface Case {
  readonly name: string;
  readonly lr: number;
  readonly metrics: readonly number[];
  readonly rates: readonly number[];
}

const { cases } = readFigures("plateau") as { readonly cases: readonly Case[] };

it.each(cases)("has PyTorch's rate after every epoch: $name", ({ lr, metrics, rates }) => {
  let plateau: Plateau = noPlateau;
  for (const [epoch, value] of metrics.entries()) {
    plateau = afterEpoch(plateau, value, lr);
    const rate = rates[epoch] ?? Number.NaN;
    // A product of at most ten factors, rounded in another order.
    expect(Math.abs(plateauRate(lr, plateau) - rate), `epoch ${epoch + 1}`).toBeLessThan(10 * Number.EPSILON * rate);
  }
});

it("takes NaN for no improvement, and survives JSON", () => {
  let plateau: Plateau = afterEpoch(noPlateau, Number.NaN, 1);
  expect(plateau).toEqual({ badEpochs: 1, falls: 0 });
  plateau = JSON.parse(JSON.stringify(afterEpoch(plateau, 3, 1))) as Plateau;
  expect(plateau).toEqual({ best: 3, badEpochs: 0, falls: 0 });
});

import { expect, test } from "vitest";
import { damagedWeights, readDamaged } from "../fuzz/weight-cases.js";

/** What `npm run fuzz:weights` does for as long as one likes, here a few hundred times. */
test("damaged files end in whole tensors or an error that names them", { timeout: 60_000 }, async () => {
  const outcomes = new Map<string, number>();
  for (let number = 0; number < 300; number++) {
    const { outcome, message } = await readDamaged(await damagedWeights(number));
    expect(outcome, `case ${number}: ${message}`).not.toBe("broken");
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }
  expect(outcomes.get("refused")).toBeGreaterThan(100);
  expect(outcomes.get("read")).toBeGreaterThan(5);
});

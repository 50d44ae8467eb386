import { expect, test } from "vitest";
import type { Model, ModelDefinition } from "../../src/models/model.js";
import { stateless } from "../../src/nn/module.js";
import { modelOf, trainConfig } from "../../src/run/options.js";
import { describeShown, describeTraining } from "../../src/training/describe.js";

test("a line says which networks are trained, how large the images are, and for how long", () => {
  const model = { weights: { G: stateless((x) => x) } } as unknown as Model;
  const plan = { stepsPerEpoch: 10, firstEpoch: 1, lastEpoch: 2, totalSteps: 20 };
  const line = (settings: object, length = plan): string =>
    describeTraining({ title: "Regression" } as ModelDefinition, model, trainConfig({ dataroot: "data", ...settings }), length);
  expect(line({})).toBe("Regression with 0.00 M parameters (G 0.00 M), images of 256×256, 20 steps in 2 epochs.");
  expect(line({ preprocess: "none" }, { ...plan, firstEpoch: 1, lastEpoch: 1 })).toMatch(/, --preprocess none, 20 steps in 1 epoch\.$/);
});

test("a line says what samples show of images that are neither gray nor RGB", () => {
  const lines = (inputNc: number, outputNc: number): string[] => {
    const config = trainConfig({ dataroot: "data", inputNc, outputNc });
    return describeShown(modelOf(config), config);
  };
  expect(lines(1, 3)).toEqual([]);
  expect(lines(5, 2)).toEqual(["Samples show the first three channels as RGB of the 5 of A.", "Samples show the first channel of the 2 of B."]);
});

/** Single ops at odd sizes, and their gradients, against PyTorch: test/reference/ops.py made the expected values. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { backward } from "../../src/tensor/autograd.js";
import type { Gpu } from "../../src/gpu/gpu.js";
import { kernelFromFile, kernelToFile } from "../../src/io/weights.js";
import { openGpu } from "../../src/open-gpu.js";
import { bceWithLogitsLoss } from "../../src/ops/losses/bce-with-logits-loss.js";
import { conv2d } from "../../src/ops/conv/conv2d.js";
import { convTranspose2d } from "../../src/ops/conv/conv-transpose2d.js";
import { instanceNorm } from "../../src/ops/norm/instance-norm.js";
import { mul } from "../../src/ops/elementwise/mul.js";
import { sum } from "../../src/ops/reduce/sum.js";
import { Tensor } from "../../src/tensor/tensor.js";
import { l2Error, readFigures, readTensors, report, shapeOf, tolerance, under, valuesOf } from "./fixture.js";

interface Case {
  readonly name: string;
  readonly op: "conv2d" | "convTranspose2d" | "instanceNorm" | "bceWithLogitsLoss";
  readonly attributes: { readonly stride?: number; readonly padding?: number; readonly output_padding?: number };
  readonly float32: number;
}

const { cases } = readFigures("ops") as { readonly cases: readonly Case[] };
const fixture = readTensors("ops");

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openGpu();
});
afterAll(() => gpu.dispose());

/** [q, p, kh, kw] of the file → [kh, kw, p, q] */
function kernelShape([q = 1, p = 1, kh = 1, kw = 1]: readonly number[]): readonly [number, number, number, number] {
  return [kh, kw, p, q];
}

/** The inputs by PyTorch's names, on the device and in this product's order of axes. */
function inputsOf(name: string): Record<"x" | "weight" | "bias" | "target", Tensor> {
  const tensor = (input: string): Tensor => {
    const key = `${name}/${input}`;
    if (!fixture.has(key)) return Tensor.zeros(gpu, [1]);
    const shape = shapeOf(fixture, key);
    if (input !== "weight") return Tensor.from(gpu, shape, valuesOf(fixture, key));
    return Tensor.from(gpu, kernelShape(shape), kernelFromFile(kernelShape(shape), valuesOf(fixture, key)));
  };
  const [x, weight, bias] = [tensor("x").withGrad(), tensor("weight").withGrad(), tensor("bias").withGrad()];
  return { x, weight, bias, target: tensor("target") };
}

function apply({ op, name, attributes }: Case, inputs: ReturnType<typeof inputsOf>): Tensor {
  const { x, weight, bias, target } = inputs;
  const { output_padding: outputPadding = 0, ...rest } = attributes;
  switch (op) {
    case "conv2d":
      return conv2d(x, weight, bias, { ...rest, paddingMode: name.includes("reflected") ? "reflect" : "zeros" });
    case "convTranspose2d":
      return convTranspose2d(x, weight, bias, { ...rest, outputPadding });
    case "instanceNorm":
      return instanceNorm(x);
    case "bceWithLogitsLoss":
      return bceWithLogitsLoss(x, target);
  }
}

describe("PyTorch", () => {
  it.for(cases)("$name", async (of, { annotate }) => {
    const { name, float32 } = of;
    using scope = gpu.scope(name);
    const inputs = inputsOf(name);
    const y = apply(of, inputs);
    const results = new Map([["y", await y.data()]]);
    backward(sum(mul(y, Tensor.from(gpu, y.shape, valuesOf(fixture, `${name}/dy`)))));
    for (const [input, { grad }] of Object.entries(inputs)) if (grad) results.set(`d${input}`, await grad.data());
    const weight = results.get("dweight");
    if (weight) results.set("dweight", kernelToFile(kernelShape(shapeOf(fixture, `${name}/weight`)), weight));
    scope.close();

    const expected = under(`${name}/`, fixture);
    for (const key of ["x", "weight", "bias", "target", "dy"]) expected.delete(key);
    expect([...results.keys()].toSorted()).toEqual([...expected.keys()].toSorted());
    const allowed = tolerance(float32, 1e-4);
    const errors = [...expected.keys()].map((key) => {
      return [key, l2Error(results.get(key) ?? new Float32Array(), valuesOf(expected, key))] as const;
    });
    await annotate(report("value", Math.max(...errors.map(([, error]) => error)), allowed));
    for (const [key, error] of errors) expect(error, key).toBeLessThan(allowed);
  });
});

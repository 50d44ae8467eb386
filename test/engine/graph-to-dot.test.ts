import { expect, it } from "vitest";
import { ReleasedError } from "../../src/errors.js";
import { Sequential } from "../../src/nn/module.js";
import { conv2d } from "../../src/ops/conv/conv2d.js";
import { mul } from "../../src/ops/elementwise/mul.js";
import { scale } from "../../src/ops/elementwise/scale.js";
import { sum } from "../../src/ops/reduce/sum.js";
import { checkpoint } from "../../src/tensor/activation-checkpoint.js";
import { backward } from "../../src/tensor/autograd.js";
import { frozen } from "../../src/tensor/grad-mode.js";
import { graphToDot } from "../../src/tensor/graph-to-dot.js";
import { Tensor } from "../../src/tensor/tensor.js";
import { useGpu } from "../support/device.js";

const gpu = useGpu();

it("draws ops with their shapes, leaves by their names, and where gradients stop", () => {
  using _scope = gpu().scope("test");
  const w = Tensor.from(gpu(), [2], [1, 2], 'the "weight"').withGrad();
  const x = Tensor.from(gpu(), [2], [3, 4], "image");
  const h = mul(w, x);
  const loss = sum(mul(h, h.detach()));
  const network = new Sequential([["0", { forward: (y) => y, parameters: () => new Map([["weight", { tensor: w, kind: "vector" }]]) }]]);
  const drawn = graphToDot(loss, { G: network });
  expect(drawn).toBe(`digraph {
  n0 [label="G.0.weight\\n[2]", shape=box, style=filled, fillcolor="#cfe8cf"];
  n1 [label="image\\n[2]", shape=box, style=dashed];
  n2 [label="mul\\n[2]"];
  n0 -> n2 [label="a"];
  n1 -> n2 [label="b", style=dashed];
  n3 [label="mul\\n[2]", shape=box, style=dashed];
  n4 [label="mul\\n[2]"];
  n2 -> n4 [label="a"];
  n3 -> n4 [label="b", style=dashed];
  n5 [label="sum\\n[]", peripheries=2];
  n4 -> n5 [label="x"];
}
`);
  expect(graphToDot(loss)).toContain('[label="the \\"weight\\"\\n[2]", shape=box, style=filled');
  backward(loss);
  expect(graphToDot(loss, { G: network })).toBe(drawn);
});

it("draws a frozen parameter as a constant and leaves an absent input out", () => {
  using _scope = gpu().scope("test");
  const image = Tensor.zeros(gpu(), [1, 4, 4, 4], "image").withGrad();
  const weight = Tensor.zeros(gpu(), [3, 3, 4, 4], "weight").withGrad();
  const loss = frozen([weight], () => sum(conv2d(image, weight)));
  const lines = graphToDot(loss).split("\n");
  expect(lines.filter((line) => line.includes("shape=box")).map((line) => line.replace(/^ +n\d+ /, ""))).toEqual([
    '[label="image\\n[1, 4, 4, 4]", shape=box, style=filled, fillcolor="#cfe8cf"];',
    '[label="weight\\n[3, 3, 4, 4]", shape=box, style=dashed];',
  ]);
});

it("draws several losses in one graph, and a checkpoint as one op", () => {
  using _scope = gpu().scope("test");
  const w = Tensor.from(gpu(), [2], [1, 2], "w").withGrad();
  const shared = checkpoint((x) => mul(x, w), scale(w, 2));
  const drawn = graphToDot([sum(shared), sum(scale(shared, 3))]);
  expect(drawn.match(/label="\w+\\n\[2?\]"/g)).toEqual(
    ["w", "scale", "checkpoint", "sum", "scale", "sum"].map((op) => `label="${op}\\n${op === "sum" ? "[]" : "[2]"}"`),
  );
  expect(drawn.match(/peripheries=2/g)).toHaveLength(2);
});

it("refuses a tensor without a graph", () => {
  using x = Tensor.from(gpu(), [1], [1], "x");
  expect(() => graphToDot(x)).toThrow(ReleasedError);
  expect(() => graphToDot(x)).toThrow(/^graphToDot: expected a tensor computed from one that requires grad, got "x"/);
});

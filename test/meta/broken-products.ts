import type { Gpu } from "../../src/gpu/gpu.js";
import { defineOp, type BackwardCall } from "../../src/tensor/op.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import type { AnyOp, CheckName } from "../support/check-op.js";

type Factors = Readonly<Record<"a" | "b", Tensor>>;
type Backward = (call: BackwardCall<Factors, Record<never, never>, { a: Tensor; b: Tensor }>) => Partial<Factors>;

function multiply(gpu: Gpu, a: Tensor, b: Tensor, y: Tensor): Tensor {
  gpu.run("elementwise/mul", { a, b, y, size: y.size }, { threads: y.size, width: 1 });
  return y;
}

/** A product with a backward of its own, to be run with the table of `mul`. */
function productWith(backward: Backward): AnyOp["run"] {
  const op = defineOp<Factors>()({
    name: "mul",
    shape: ({ a }) => a.shape,
    forward({ gpu, inputs: { a, b }, y }) {
      multiply(gpu, a, b, y);
      return { a, b };
    },
    backward,
  });
  return (inputs) => op(factorsOf(inputs), {});
}

function factorsOf({ a, b }: Readonly<Record<string, Tensor>>): Factors {
  if (!a || !b) throw new Error("a product has two factors");
  return { a, b };
}

/** The right one. */
export const product = productWith(({ gpu, saved: { a, b }, dy, needs, gradient }) => ({
  ...(needs("a") && { a: multiply(gpu, dy, b, gradient("a")) }),
  ...(needs("b") && { b: multiply(gpu, dy, a, gradient("b")) }),
}));

const exchanged = productWith(({ gpu, saved: { a, b }, dy, needs, gradient }) => ({
  ...(needs("a") && { a: multiply(gpu, dy, a, gradient("a")) }),
  ...(needs("b") && { b: multiply(gpu, dy, b, gradient("b")) }),
}));

/** What can be wrong with an op whose kernels are right. */
export const brokenProducts: readonly {
  readonly does: string;
  readonly run: AnyOp["run"];
  readonly check: CheckName;
  readonly says: RegExp;
}[] = [
  {
    does: "exchanges its gradients",
    run: exchanged,
    check: "has the gradients of central differences",
    says: /^mul \/ \[\], seed 1: 3 of 3 differ, the worst da\[\]/,
  },
  {
    does: "exchanges its gradients",
    run: exchanged,
    check: "has the adjoint of a linear map",
    says: /⟨dy, J a⟩: expected/,
  },
  {
    does: "forgets a gradient",
    run: productWith(({ gpu, saved: { b }, dy, needs, gradient }) => ({
      ...(needs("a") && { a: multiply(gpu, dy, b, gradient("a")) }),
    })),
    check: "has the gradients of central differences",
    says: /^mul: no gradient of b/,
  },
  {
    does: "computes a gradient that nobody needs",
    run: productWith(({ gpu, saved: { a, b }, dy, gradient }) => ({
      a: multiply(gpu, dy, b, gradient("a")),
      b: multiply(gpu, dy, a, gradient("b")),
    })),
    check: "releases its memory",
    says: /gradients wanted of \{a\}: bytes still held/,
  },
  {
    does: "computes one gradient only beside the other",
    run: productWith(({ gpu, saved: { a, b }, dy, needs, gradient }) => ({
      ...(needs("a") && { a: multiply(gpu, dy, b, gradient("a")) }),
      ...(needs("a") && needs("b") && { b: multiply(gpu, dy, a, gradient("b")) }),
    })),
    check: "computes only the needed gradients",
    says: /gradients wanted of \{b\}: the gradients/,
  },
  {
    does: "changes a gradient when the other is not needed",
    run: productWith(({ gpu, saved: { a, b }, dy, needs, gradient }) => ({
      ...(needs("a") && { a: multiply(gpu, dy, needs("b") ? b : a, gradient("a")) }),
      ...(needs("b") && { b: multiply(gpu, dy, a, gradient("b")) }),
    })),
    check: "computes only the needed gradients",
    says: /gradients wanted of \{a\}: da/,
  },
  {
    does: "overwrites a sum it was to add to",
    run: productWith(({ gpu, saved: { a, b }, dy, needs, gradient, destination }) => ({
      ...(needs("a") && { a: multiply(gpu, dy, b, destination("a").to) }),
      ...(needs("b") && { b: multiply(gpu, dy, a, gradient("b")) }),
    })),
    check: "adds to existing gradients",
    says: /^mul \/ \[\]: da, twice/,
  },
  {
    does: "keeps a handle on its output",
    run(inputs) {
      const y = product(inputs, null);
      y.alias();
      return y;
    },
    check: "releases its memory",
    says: /gradients wanted of \{\}: bytes still held/,
  },
];

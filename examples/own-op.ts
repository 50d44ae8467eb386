import { defineOp, gradCheck, openGpu, Random, Tensor } from "cyclegan-webgpu";

// y = x · s with s = 1 / (1 + exp(−x)), and dx = dy · x · s · (1 − s) + dy · s, computed with the engine's own kernels.
const silu = defineOp<{ x: Tensor }>()({
  name: "silu",
  shape: ({ x }) => x.shape,
  forward({ gpu, inputs: { x }, y, temporary }) {
    const s = temporary(x.shape);
    const size = x.size;
    const grid = { threads: size, width: 1 } as const;
    gpu.run("elementwise/sigmoid", { x, y: s, size }, grid);
    gpu.run("elementwise/mul", { a: x, b: s, y, size }, grid);
    return { x, s };
  },
  backward({ gpu, saved: { x, s }, dy, gradient, temporary }) {
    const dx = gradient("x");
    using product = temporary(x.shape);
    const size = x.size;
    const grid = { threads: size, width: 1 } as const;
    gpu.run("elementwise/mul", { a: dy, b: x, y: product, size }, grid);
    gpu.run("elementwise/sigmoid-grad", { y: s, dy: product, dx, size }, grid);
    gpu.run("elementwise/mul", { a: dy, b: s, y: product, size }, grid);
    gpu.run("elementwise/accumulate", { x: product, y: dx, alpha: 1, size }, grid);
    return { x: dx };
  },
});

using gpu = await openGpu();
const random = new Random(1);
const values = Array.from({ length: 30 }, () => random.normal());
const x = Tensor.from(gpu, [2, 5, 3], values, "x").withGrad();
const report = await gradCheck((input) => silu({ x: input }, {}), [x]);
console.log(String(report));
if (!report.ok) process.exitCode = 1;

import { defineOp, gradCheck, openGpu, Random, Tensor } from "cyclegan-webgpu";

// What both kernels begin with. The includes are those of shaders/lib.
const head = `
// #include "lib/thread.wgsl"
const WORKGROUP: u32 = 64u; // @tune
struct Params { size: u32 }
fn sigmoid(x: f32) -> f32 { return 1.0 / (1.0 + exp(-x)); }
@group(0) @binding(0) var<storage, read> x: array<f32>;
` as const;

const siluForward = {
  name: "silu",
  wgsl: `${head}
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;
@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = threadIndex(thread);
  if (i < params.size) { y[i] = x[i] * sigmoid(x[i]); }
}`,
} as const;

const siluBackward = {
  name: "silu-grad",
  wgsl: `${head}
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;
@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = threadIndex(thread);
  if (i >= params.size) { return; }
  let s = sigmoid(x[i]);
  dx[i] = dy[i] * s * (1.0 + x[i] * (1.0 - s));
}`,
} as const;

// y = x · s with s = 1 / (1 + exp(−x)), and dx = dy · s · (1 + x · (1 − s)).
const silu = defineOp<{ x: Tensor }>()({
  name: "silu",
  shape: ({ x }) => x.shape,
  forward({ gpu, inputs: { x }, y }) {
    gpu.run(siluForward, { x, y, size: x.size }, { threads: x.size });
    return { x };
  },
  backward({ gpu, saved: { x }, dy, gradient }) {
    const dx = gradient("x");
    gpu.run(siluBackward, { x, dy, dx, size: x.size }, { threads: x.size });
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

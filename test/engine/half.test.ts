import { expect, it } from "vitest";
import { fromHalf, toHalf } from "../../src/dtype.js";
import { DeviceError } from "../../src/errors.js";
import { cast } from "../../src/ops/elementwise/cast.js";
import { Tensor } from "../../src/tensor/tensor.js";
import { useGpu } from "../support/device.js";

const gpu = useGpu({ guarded: true });

const edges = [0, -0, 1, -2.5, 65_504, 65_519, 65_520, -1e6, 2 ** -14, 2 ** -24, 2 ** -25, 2 ** -25 * 1.001, 2049, 2051, 1.0009765, 1 / 3, Infinity, NaN];

it("a device rounds to float16 as the host does, ties to even, and reads it back", async ({ skip }) => {
  skip(!gpu().hasHalf, "needs shader-f16");
  using _scope = gpu().scope("edges");
  const written = Tensor.empty(gpu(), [edges.length], "written", "float16");
  written.write(edges);
  const onHost = edges.map((value) => fromHalf(toHalf(value)));
  expect([...(await written.data())]).toEqual(onHost);
  expect(onHost.slice(4, 8)).toEqual([65_504, 65_504, Infinity, -Infinity]);
  // WGSL leaves open what becomes of values beyond float16, so the device is given those within.
  const inside = edges.filter((value) => Math.abs(value) < 65_520);
  const rounded = cast(Tensor.from(gpu(), [inside.length], inside), "float16");
  expect(rounded.dtype).toBe("float16");
  expect([...(await rounded.data())]).toEqual(inside.map((value) => fromHalf(toHalf(value))));
});

it("a kernel may change an element of float16 by a sum, a difference, a product or a quotient", async ({ skip }) => {
  skip(!gpu().hasHalf, "needs shader-f16");
  using _scope = gpu().scope("changes");
  const changes = { "+=": 9, "-=": 3, "*=": 18, "/=": 2 };
  for (const [change, expected] of Object.entries(changes)) {
    const wgsl = `// #include "lib/thread.wgsl"
const WORKGROUP: u32 = 64u; // @tune
struct Params {
  size: u32,
}
@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<uniform> params: Params;
@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = threadIndex(thread);
  if (i < params.size) {
    y[i] ${change} 1.0 + y[i] - 4.0;
  }
}`;
    const y = Tensor.full(gpu(), [3], 6, "y", "float16");
    gpu().run({ name: `change ${change}`, wgsl }, { y, size: 3 }, { threads: 3 });
    expect([...(await y.data())], change).toEqual(Array<number>(3).fill(expected));
  }
});

it("every float16 is the value of its bits", () => {
  for (let bits = 0; bits < 0x10000; bits++) {
    const value = fromHalf(bits);
    if (!Number.isNaN(value)) expect(toHalf(value)).toBe(bits);
  }
});

it("a device without float16 says what to use", () => {
  using _scope = gpu().scope("without");
  Object.defineProperty(gpu(), "hasHalf", { value: false, configurable: true });
  try {
    expect(() => Tensor.empty(gpu(), [2], "x", "float16")).toThrow(DeviceError);
    expect(() => Tensor.empty(gpu(), [2], "x", "float16")).toThrow("x: expected a device with shader-f16 for float16, got one without. Use float32.");
  } finally {
    Reflect.deleteProperty(gpu(), "hasHalf");
  }
});

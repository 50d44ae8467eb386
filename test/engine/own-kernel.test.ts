import { describe, expect, it } from "vitest";
import { KernelError, ReleasedError } from "../../src/errors.js";
import type { Gpu } from "../../src/gpu/gpu.js";
import type { KernelSource } from "../../src/gpu/kernel-arguments.js";
import { openGpu } from "../../src/open-gpu.js";
import { Tensor } from "../../src/tensor/tensor.js";
import { useGpu } from "../support/device.js";

const saxpy = {
  name: "saxpy",
  wgsl: `// y = alpha · x + y
// #include "lib/thread.wgsl"
// #include "lib/vec.wgsl"

const WORKGROUP: u32 = 64u; // @tune

struct Params {
  alpha: f32, // a factor, of x
  size: u32,
}

@group(0) @binding(0) var<storage, read> x: array<Vec>;
@group(0) @binding(1) var<storage, read_write> y: array<Vec>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let i = threadIndex(thread);
  if (i < params.size) {
    y[i] += params.alpha * x[i];
  }
}
`,
} as const;

/** The kernel with `from` replaced in its text. */
function edited(from: string, to: string): KernelSource {
  expect(saxpy.wgsl).toContain(from);
  return { name: "edited", wgsl: saxpy.wgsl.replace(from, to) };
}

const gpu = useGpu({ guarded: true });

async function run(kernel: KernelSource, x: readonly number[]): Promise<number[]> {
  using _scope = gpu().scope("own kernel");
  const y = Tensor.from(gpu(), [x.length], x.map(() => 1));
  gpu().run(kernel, { x: Tensor.from(gpu(), [x.length], x), y, alpha: 2, size: x.length }, { threads: x.length, width: 1 });
  return [...(await y.data())];
}

describe("a kernel of a user", () => {
  it.for([
    ["vec4", { threads: 2, width: 4 }, 2],
    ["single floats", { threads: 8, width: 1 }, 8],
    ["another workgroup", { threads: 8, width: 1, tune: { WORKGROUP: 3 } }, 8],
  ] as const)("runs with the engine's includes, in %s", async ([, grid, size]) => {
    using _scope = gpu().scope("saxpy");
    const values = [1, 2, 3, 4, 5, 6, 7, 8];
    const y = Tensor.from(gpu(), [8], values.map(() => 10));
    gpu().run(saxpy, { x: Tensor.from(gpu(), [8], values), y, alpha: 0.5, size }, grid);
    expect([...(await y.data())]).toEqual(values.map((value) => 10 + value / 2));
  });

  it("takes tensors of float16", async ({ skip }) => {
    skip(!gpu().hasHalf, "needs shader-f16");
    using _scope = gpu().scope("saxpy");
    const x = Tensor.from(gpu(), [4], [1, 2, 3, 4], "x", "float16");
    const y = Tensor.zeros(gpu(), [4]);
    gpu().run(saxpy, { x, y, alpha: 3, size: 1 }, { threads: 1 });
    expect([...(await y.data())]).toEqual([3, 6, 9, 12]);
  });

  it("is another one with another text, whatever its name", async () => {
    const negative = { ...saxpy, wgsl: saxpy.wgsl.replace("+=", "-=") };
    expect(await run(saxpy, [1, 2, 3])).toEqual([3, 5, 7]);
    expect(await run(negative, [1, 2, 3])).toEqual([-1, -3, -5]);
    expect(await run({ ...saxpy, name: "elementwise/mul" }, [1, 2, 3])).toEqual([3, 5, 7]);
  });

  it("has arguments whose names are checked by the compiler", () => {
    const check = (device: Gpu, x: Tensor): void => {
      const grid = { threads: 1 };
      device.run(saxpy, { x, y: x, alpha: 1, size: 1 }, grid);
      // @ts-expect-error y is missing.
      device.run(saxpy, { x, alpha: 1, size: 1 }, grid);
      // @ts-expect-error size is missing.
      device.run(saxpy, { x, y: x, alpha: 1 }, grid);
      // @ts-expect-error There is no z.
      device.run(saxpy, { x, y: x, z: x, alpha: 1, size: 1 }, grid);
      // @ts-expect-error There is no factor in the comment.
      device.run(saxpy, { x, y: x, alpha: 1, size: 1, factor: 1 }, grid);
      // @ts-expect-error A parameter is a number.
      device.run(saxpy, { x, y: x, alpha: x, size: 1 }, grid);
      // @ts-expect-error A buffer is a tensor.
      device.run(saxpy, { x: 1, y: x, alpha: 1, size: 1 }, grid);
      device.run({ name: "inline", wgsl: "var<storage, read> a: array<f32>; struct Params { size: u32 }" }, { a: x, size: 1 }, grid);
    };
    expect(check).toBeTypeOf("function");
  });
});

describe("run", () => {
  const dispatch = (kernel: unknown, args: object, grid: object = { threads: 1 }) => (): void => {
    gpu().run(kernel as KernelSource, args as never, grid as never);
  };

  it.for([
    ["a kernel that is none", () => dispatch("elementwise/mull", {}), 'run: expected a kernel such as "elementwise/mul", or { name, wgsl }, got "elementwise/mull".'],
    ["a missing tensor", () => dispatch(saxpy, { x: Tensor.zeros(gpu(), [4]), alpha: 1, size: 1 }), 'saxpy: expected a tensor as "y", got undefined.'],
    ["a number for a tensor", () => dispatch(saxpy, { x: 1, alpha: 1, size: 1 }), 'saxpy: expected a tensor as "x", got 1.'],
    ["a missing number", () => dispatch("elementwise/fill", { y: Tensor.zeros(gpu(), [4]), size: 1 }), 'elementwise/fill: expected a number (f32) as "value", got undefined.'],
    ["half a thread", () => dispatch("elementwise/fill", { y: Tensor.zeros(gpu(), [4]), size: 1, value: 1 }, { threads: 0.5 }), "elementwise/fill: expected a whole number of threads, got 0.5."],
    ["an include that is none", () => dispatch(edited("lib/vec", "lib/vector"), {}), 'edited: expected an include that exists, got "lib/vector.wgsl".'],
    ["another entry point", () => dispatch(edited("fn main(", "fn start("), {}), 'edited: expected an entry point "fn main(", got none.'],
    ["no workgroup", () => dispatch(edited("const WORKGROUP", "const GROUP"), {}), 'edited: expected a line "const WORKGROUP: u32 = 64u; // @tune", got none.'],
    ["no parameters", () => dispatch(edited("struct Params", "struct Numbers"), {}), 'edited: expected a "struct Params { … }", got none.'],
    ["a parameter of four numbers", () => dispatch(edited("alpha: f32", "alpha: vec4f"), {}), 'edited: expected a parameter of u32, i32 or f32, got "alpha: vec4f".'],
    ["bindings out of order", () => dispatch(edited("@binding(1)", "@binding(3)"), {}), "edited: expected @binding(1) at y, got @binding(3)."],
    ["bindings without parameters", () => dispatch(edited("var<uniform> params", "var<uniform> numbers"), {}), 'edited: expected "@group(0) @binding(2) var<uniform> params: Params;" as the last binding.'],
    ["another tunable", () => dispatch(saxpy, { x: Tensor.zeros(gpu(), [4]) }, { threads: 1, tune: { TILE: 2 } }), 'saxpy: expected a tunable among WORKGROUP, got "TILE".'],
  ] as const)("refuses %s", ([, call, message]) => {
    using _scope = gpu().scope("refused");
    expect(call()).toThrow(KernelError);
    expect(call()).toThrow(message);
  });

  it("refuses a released tensor", () => {
    const x = Tensor.zeros(gpu(), [4], "input");
    x.release();
    expect(dispatch("elementwise/fill", { y: x, size: 1, value: 1 })).toThrow(ReleasedError);
  });

  it("says which line of the WGSL does not compile, at the next read", async () => {
    using device = await openGpu();
    const y = Tensor.zeros(device, [4]);
    const wrong = edited("params.alpha * x[i]", "params.beta * x[i]");
    device.run(wrong, { x: y, y, alpha: 1, size: 1 }, { threads: 1 });
    await expect(y.data()).rejects.toThrow(KernelError);
    expect(() => device.check()).toThrow(/^edited: expected WGSL that compiles, got ".*beta.*" at "y\[i\] \+= params\.beta \* x\[i\];"\.$/);
  });
});

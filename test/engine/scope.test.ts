import { describe, expect, it } from "vitest";
import { ReleasedError, ShapeError } from "../../src/errors.js";
import { add } from "../../src/ops/elementwise/add.js";
import { mul } from "../../src/ops/elementwise/mul.js";
import { Tensor } from "../../src/tensor/tensor.js";
import { useGpu } from "../support/device.js";

const gpu = useGpu();
const vector = (label: string): Tensor => Tensor.from(gpu(), [3], [1, 2, 3], label);

describe("a scope", () => {
  it("releases at the end of its block what was made in it", () => {
    const before = gpu().stats.liveBytes;
    let inside: Tensor;
    {
      using scope = gpu().scope("step");
      expect(scope.name).toBe("step");
      inside = mul(vector("a"), vector("b"));
      expect(gpu().stats.liveBytes).toBeGreaterThan(before);
    }
    expect(inside.released).toBe(true);
    expect(gpu().stats.liveBytes).toBe(before);
  });

  it("hands what is kept to the scope around it, and from the outermost to the caller", () => {
    const outer = gpu().scope("outer");
    const inner = gpu().scope("inner");
    const once = inner.keep(vector("kept once"));
    const twice = outer.keep(inner.keep(vector("kept twice")));
    inner.close();
    expect([once.released, twice.released]).toEqual([false, false]);
    outer.close();
    expect([once.released, twice.released]).toEqual([true, false]);
    twice.release();
  });

  it("leaves alone what was made around it", () => {
    using outer = gpu().scope("outer");
    const x = vector("x");
    gpu().scope("inner").close();
    expect([x.released, outer.name]).toEqual([false, "outer"]);
  });

  it("drops what was made in it and nothing else", () => {
    using outer = gpu().scope("outer");
    const around = vector("around");
    using inner = gpu().scope("inner");
    const inside = vector("inside");
    for (const tensor of [around, inside]) inner.drop(tensor);
    expect([around.released, inside.released, outer.name]).toEqual([false, true, "outer"]);
  });

  it("takes nothing in once it is sealed, and releases what it holds when it closes", () => {
    const inner = gpu().scope("inner");
    const before = vector("before");
    inner.seal();
    const after = vector("after");
    expect([before.released, after.released]).toEqual([false, false]);
    inner.close();
    expect([before.released, after.released]).toEqual([true, false]);
    after.release();
  });

  it("closes innermost first", () => {
    const outer = gpu().scope("outer");
    const inner = gpu().scope("inner");
    expect(() => outer.close()).toThrow(ReleasedError);
    expect(() => outer.close()).toThrow(/^scope "outer": scopes close innermost first, and "inner" is still open/);
    inner.close();
    inner.close();
    outer.close();
  });
});

describe("a released tensor", () => {
  it("names itself when it is used", async () => {
    const x = vector("portrait");
    const y = vector("other");
    x.release();
    x.release();
    const message = /^portrait: expected a live tensor \[3\], got a released one\. Keep it with scope\.keep/;
    const before = gpu().stats.liveBytes;
    expect(() => add(x, y)).toThrow(ReleasedError);
    expect(() => add(x, y)).toThrow(message);
    expect(() => x.write([1, 2, 3])).toThrow(message);
    await expect((async () => x.data())()).rejects.toThrow(message);
    y.release();
    expect(before).toBeGreaterThan(0);
  });

  it("leaves its memory to a detached handle", async () => {
    const x = vector("x");
    const same = x.detach();
    x.release();
    expect([...(await same.data())]).toEqual([1, 2, 3]);
    same.release();
  });
});

describe("host data", () => {
  it("must fill the shape", () => {
    expect(() => Tensor.from(gpu(), [2, 2], [1, 2, 3], "image")).toThrow(ShapeError);
    expect(() => Tensor.from(gpu(), [2, 2], [1, 2, 3], "image")).toThrow("image: expected 4 values for [2, 2], got 3.");
  });

  it("comes back as it was, a scalar as a number", async () => {
    const values = [-0, 1e-38, 3.4e38, Number.POSITIVE_INFINITY];
    using x = Tensor.from(gpu(), [2, 2], values);
    expect(await x.data()).toEqual(Float32Array.from(values));
    using y = Tensor.from(gpu(), [], [7]);
    expect(await y.item()).toBe(7);
    await expect(x.item()).rejects.toThrow("item: expected one element, got [2, 2].");
  });
});

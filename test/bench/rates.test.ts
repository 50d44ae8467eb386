import { describe, expect, it } from "vitest";
import { ratesOf } from "../../src/bench/kernels.js";

const limits = { arithmetic: 50, copy: 5 };

describe("ratesOf", () => {
  it("compares work with much arithmetic with the multiply-add limit", () => {
    // 1 GFLOP in 100 ms is 10 GFLOP/s; 0.01 GB in 100 ms is 0.1 GB/s.
    expect(ratesOf({ flops: 1e9, bytes: 1e7 }, 100, limits)).toEqual({
      gigaflops: 10,
      gigabytes: 0.1,
      limit: "multiply-add",
      share: 0.2,
    });
  });

  it("compares work with little arithmetic with the copy limit", () => {
    expect(ratesOf({ flops: 0, bytes: 1e9 }, 1000, limits)).toEqual({ gigaflops: 0, gigabytes: 1, limit: "copy", share: 0.2 });
  });
});

import { describe, expect, test } from "vitest";
import {
  chooseAdapter,
  describeAdapter,
  formatAdapter,
  isSoftware,
  parseAdapter,
  parseAdapterList,
} from "../../src/driver/adapters.js";

const lavapipe = { backend: "vulkan", name: "llvmpipe (LLVM 15.0.6, 256 bits)" };
const nvidia = { backend: "vulkan", name: "NVIDIA H200" };
const swiftshader = { backend: "vulkan", name: "SwiftShader Device (Subzero)" };

describe("parseAdapterList", () => {
  test("reads and numbers Dawn's list, and leaves the null backend out", () => {
    const message = `no suitable backends found
Available adapters:
 * backend: 'vulkan', name: 'llvmpipe (LLVM 15.0.6, 256 bits)'
 * backend: 'null', name: 'Null backend'
 * backend: 'vulkan', name: 'NVIDIA H200'`;
    expect(parseAdapterList(message)).toEqual([
      { ...lavapipe, number: 0 },
      { ...nvidia, number: 1 },
    ]);
  });

  test("no list, no adapters", () => {
    expect(parseAdapterList("something else")).toEqual([]);
  });
});

describe("chooseAdapter", () => {
  test("auto prefers hardware wherever it stands, and takes software otherwise", () => {
    expect(chooseAdapter("auto", [lavapipe, nvidia])).toBe(nvidia);
    expect(chooseAdapter("auto", [swiftshader])).toBe(swiftshader);
    expect(chooseAdapter("auto", [])).toBeUndefined();
  });

  test("hardware and software exclude each other", () => {
    expect(chooseAdapter("hardware", [lavapipe, swiftshader])).toBeUndefined();
    expect(chooseAdapter("software", [nvidia, lavapipe])).toBe(lavapipe);
    expect(chooseAdapter("software", [nvidia])).toBeUndefined();
  });

  test("a part of a name in any case", () => {
    expect(chooseAdapter("swift", [lavapipe, swiftshader])).toBe(swiftshader);
    expect(chooseAdapter("nvidia", [lavapipe, nvidia])).toBe(nvidia);
    expect(chooseAdapter("radeon", [lavapipe, nvidia])).toBeUndefined();
  });

  test("one or two digits are a number, and tell equal names apart", () => {
    const cards = [0, 1, 12].map((number) => ({ backend: "vulkan", name: "NVIDIA GeForce RTX 4090", number }));
    for (const card of cards) expect(chooseAdapter(String(card.number), cards)).toBe(card);
    expect(chooseAdapter("2", cards)).toBeUndefined();
  });

  test("a number is no part of a name, and more digits are", () => {
    expect(chooseAdapter("20", [nvidia, { ...nvidia, number: 1 }])).toBeUndefined();
    expect(chooseAdapter("200", [lavapipe, nvidia])).toBe(nvidia);
  });
});

test("only a CPU adapter is called slow", () => {
  expect([lavapipe, swiftshader, nvidia].map(isSoftware)).toEqual([true, true, false]);
  expect(describeAdapter(lavapipe)).toContain("slow");
  expect(describeAdapter(nvidia)).toBe("adapter: NVIDIA H200 (vulkan)");
  expect(describeAdapter({ ...nvidia, number: 1 })).toBe("adapter: NVIDIA H200 (vulkan, number 1)");
});

test("a process tells the next one its adapter, with its number if it has one", () => {
  for (const adapter of [lavapipe, { ...nvidia, number: 3 }, { backend: "d3d12", name: "a: 1:b", number: 0 }]) {
    expect(parseAdapter(formatAdapter(adapter))).toEqual(adapter);
  }
});

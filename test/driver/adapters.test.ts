import { describe, expect, test } from "vitest";
import { chooseAdapter, describeAdapter, isSoftware, parseAdapterList } from "../../src/driver/adapters.js";

const lavapipe = { backend: "vulkan", name: "llvmpipe (LLVM 15.0.6, 256 bits)" };
const nvidia = { backend: "vulkan", name: "NVIDIA H200" };
const swiftshader = { backend: "vulkan", name: "SwiftShader Device (Subzero)" };

describe("parseAdapterList", () => {
  test("reads Dawn's list and leaves the null backend out", () => {
    const message = `no suitable backends found
Available adapters:
 * backend: 'vulkan', name: 'llvmpipe (LLVM 15.0.6, 256 bits)'
 * backend: 'null', name: 'Null backend'
 * backend: 'vulkan', name: 'NVIDIA H200'`;
    expect(parseAdapterList(message)).toEqual([lavapipe, nvidia]);
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
});

test("only a CPU adapter is called slow", () => {
  expect([lavapipe, swiftshader, nvidia].map(isSoftware)).toEqual([true, true, false]);
  expect(describeAdapter(lavapipe)).toContain("slow");
  expect(describeAdapter(nvidia)).toBe("adapter: NVIDIA H200 (vulkan)");
});

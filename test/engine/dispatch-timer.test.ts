import { afterEach, expect, it, vi } from "vitest";
import { openGpu } from "../../src/open-gpu.js";
import { Tensor } from "../../src/tensor/tensor.js";

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

it("DEBUG=2 prints a line for every dispatch, however many there are between two waits", async (context) => {
  vi.stubEnv("DEBUG", "2");
  const printed = vi.spyOn(console, "error").mockImplementation(() => undefined);
  using gpu = await openGpu();
  if (!gpu.device.features.has("timestamp-query")) return context.skip();
  using x = Tensor.zeros(gpu, [4]);
  using y = Tensor.zeros(gpu, [4]);
  for (const count of [3000, 5]) {
    await gpu.idle();
    printed.mockClear();
    for (let i = 0; i < count; i++) gpu.run("elementwise/accumulate", { x, y, alpha: 1, size: 1 }, { threads: 1 });
    await gpu.idle();
    const lines = printed.mock.calls.filter(([line]) => String(line).includes("µs  elementwise/accumulate"));
    expect(lines.length).toBe(count);
  }
});

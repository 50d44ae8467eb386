import { expect, it } from "vitest";
import { DeviceError } from "../../../src/errors.js";
import { CycleGANTrainer } from "../../../src/models/cyclegan/trainer.js";
import type { CycleGANOptions } from "../../../src/models/cyclegan/options.js";
import { Random } from "../../../src/random.js";
import { useGpu } from "../../support/device.js";
import { small, train } from "../../support/small-training.js";

const gpu = useGpu();
const make = (more: Partial<CycleGANOptions> = {}): CycleGANTrainer =>
  new CycleGANTrainer(gpu(), { ...small, precision: "f16", diffaugment: "color,translation", ...more }, new Random(1));

it("has the losses of float32 within the rounding of float16", async ({ skip }) => {
  skip(!gpu().hasHalf, "needs shader-f16");
  const [half, single] = [make(), make({ precision: "f32" })];
  const [got, wanted] = [await train(half, new Random(2), 3), await train(single, new Random(2), 3)];
  // Three steps, in which Adam's first updates have the size of lr whatever the gradients are.
  for (const [name, value] of Object.entries(wanted)) expect(Math.abs((got as Record<string, number>)[name]! / value - 1), name).toBeLessThan(0.02);
  expect(got).not.toEqual(wanted);
  for (const trainer of [half, single]) trainer.dispose();
});

it.for([{}, { checkpointActivations: true }, { norm: "batch", ema: 0.9 }, { spectralNorm: true, upsample: "resize-conv" }, { ganMode: "wgangp" }] as const)(
  "continues to the same bits from its state: %o",
  async (more, { skip }) => {
    skip(!gpu().hasHalf, "needs shader-f16");
    const [whole, first, second] = [make(more), make(more), make(more)];
    const images = new Random(3);
    await train(whole, images, 4);
    const again = new Random(3);
    await train(first, again, 2);
    second.restore(await first.state());
    await train(second, again, 2);
    const [got, wanted] = [await second.state(), await whole.state()];
    expect([...got.tensors.keys()]).toContain("optimizer_G.scaling");
    expect(got).toEqual(wanted);
    for (const trainer of [whole, first, second]) trainer.dispose();
  },
);

it("shows and keeps images as float32", async ({ skip }) => {
  skip(!gpu().hasHalf, "needs shader-f16");
  const trainer = make();
  await train(trainer, new Random(4), 1);
  const { fake_B: fake } = await trainer.visuals();
  expect(fake?.shape).toEqual([1, 12, 16, 3]);
  expect(Math.max(...(fake?.data ?? []).map(Math.abs))).toBeLessThanOrEqual(1);
  trainer.dispose();
});

it("an adapter without float16 is told what to use", () => {
  Object.defineProperty(gpu(), "hasHalf", { value: false, configurable: true });
  try {
    expect(() => make()).toThrow(DeviceError);
    expect(() => make()).toThrow("--precision f16: expected an adapter with shader-f16, got one without. Use --precision f32, or another --adapter.");
  } finally {
    Reflect.deleteProperty(gpu(), "hasHalf");
  }
});

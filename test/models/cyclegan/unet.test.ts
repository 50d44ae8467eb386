/** CycleGAN with U-Net generators. */
import { expect, test } from "vitest";
import { cycleGan } from "../../../src/models/cyclegan/definition.js";
import { CycleGANTrainer } from "../../../src/models/cyclegan/trainer.js";
import { Random } from "../../../src/random.js";
import { trainConfig } from "../../../src/run/options.js";
import { checkConfig } from "../../../src/training/checks.js";
import { useGpu } from "../../support/device.js";
import { small } from "../../support/small-training.js";

const gpu = useGpu();

test("a step trains both U-Nets", async () => {
  const trainer = new CycleGANTrainer(gpu(), { ...small, numDowns: 2 }, new Random(5));
  const random = new Random(6);
  const batch = () => ({ shape: [1, 12, 16, 3] as const, data: Float32Array.from({ length: 576 }, () => 2 * random.uniform() - 1) });
  const weight = () => trainer.networks.G_A.parameters().get("model.model.1.model.1.weight")?.tensor.data();
  const before = await weight();
  await trainer.step({ A: batch(), B: batch() });
  expect(Object.values(await trainer.losses()).every((loss) => loss > 0)).toBe(true);
  expect(await weight()).not.toEqual(before);
  trainer.dispose();
});

test("crops must be multiples of what it halves", () => {
  expect(cycleGan.imageSides({ ...trainConfig({ numDowns: 7 }) } as never)).toEqual({ multiple: 128, least: 128 });
  const config = trainConfig({ dataroot: "d", numDowns: 7 });
  expect(() => checkConfig(config)).not.toThrow();
  expect(() => checkConfig({ ...config, cropSize: 192 })).toThrow("--crop-size: expected a multiple of 128, which the networks need, got 192.");
});

test.each([
  [{ numDowns: 1 }, "--num-downs: expected 0 for a ResNet, or 2 to 12, got 1."],
  [{ numDowns: 7, upsample: "resize-conv" }, /^--upsample only works with a ResNet generator/],
  [{ numDowns: 7, checkpointActivations: true }, /^--checkpoint-activations only works with a ResNet generator/],
  [{ numDowns: 7, preprocess: "none" }, /^--preprocess: expected a kind with crop for a U-Net, whose images need sides of multiples of 128 pixels, got none\.$/],
])("%o is refused", (options, message) => {
  expect(() => checkConfig(trainConfig({ dataroot: "d", ...options }))).toThrow(message);
});

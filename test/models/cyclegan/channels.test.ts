/** Domains of any number of channels, of one image each. */
import { describe, expect, it } from "vitest";
import type { ImageBatch } from "../../../src/data/image.js";
import { CycleGANTrainer } from "../../../src/models/cyclegan/trainer.js";
import { Random } from "../../../src/random.js";
import { useGpu } from "../../support/device.js";
import { small } from "../../support/small-training.js";

const gpu = useGpu();

function image(channels: number, seed: number): ImageBatch {
  const random = new Random(seed);
  return { shape: [1, 12, 16, channels], data: Float32Array.from({ length: 12 * 16 * channels }, () => random.uniform() - 0.5) };
}

describe.each([[5, 2], [16, 16], [2, 3]])("a CycleGAN between %i and %i channels", (inputNc, outputNc) => {
  it("learns the way there and back", async () => {
    const options = { ...small, inputNc, outputNc, lambdaIdentity: 0, lr: 0.005 };
    const trainer = new CycleGANTrainer(gpu(), options, new Random(1));
    const [A, B] = [image(inputNc, 2), image(outputNc, 3)];
    await trainer.step({ A, B });
    const first = await trainer.losses();
    for (let step = 0; step < 30; step++) await trainer.step({ A, B });
    const last = await trainer.losses();
    for (const name of ["cycle_A", "cycle_B"] as const) expect(last[name]).toBeLessThan(0.9 * first[name]);
    const { fake_B, rec_A } = await trainer.visuals();
    expect([fake_B?.shape, rec_A?.shape]).toEqual([[1, 12, 16, outputNc], [1, 12, 16, inputNc]]);
    trainer.dispose();
  });
});

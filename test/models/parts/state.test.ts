import { describe, expect, it } from "vitest";
import type { ImageBatch } from "../../../src/data/image.js";
import type { Losses } from "../../../src/models/cyclegan/options.js";
import { CycleGANTrainer } from "../../../src/models/cyclegan/trainer.js";
import { Random } from "../../../src/random.js";
import { useGpu } from "../../support/device.js";
import { small, train } from "../../support/small-training.js";

const gpu = useGpu();
describe("CycleGANTrainer's state", () => {
  it.each(["instance", "batch"] as const)("goes on to the same bits in another trainer and in the same, %s norm", async (norm) => {
    const options = { ...small, norm };
    const images = new Random(1);
    const trainer = new CycleGANTrainer(gpu(), options, new Random(2));
    await train(trainer, images, 4);
    const state = await trainer.state();
    const at = images.state;
    const losses = await train(trainer, new Random(at), 3);
    const after = await trainer.state();

    const other = new CycleGANTrainer(gpu(), options, new Random(3));
    other.restore(state);
    expect(await other.state()).toEqual(state);
    expect(await train(other, new Random(at), 3)).toEqual(losses);
    expect(await other.state()).toEqual(after);

    trainer.restore(state);
    expect(await train(trainer, new Random(at), 3)).toEqual(losses);
    expect(after.counters).toEqual({ optimizer_G: 7, optimizer_D: 7 });
    expect([...state.tensors.keys()].filter((name) => name.includes("pool"))).toHaveLength(4);
    trainer.dispose();
    other.dispose();
  });

  it("goes on to the same bits where every image has a size of its own", async () => {
    const sizes = [[12, 16], [20, 12], [16, 16], [12, 24]] as const;
    const sized = (random: Random, step: number): ImageBatch => {
      const [h, w] = sizes[step % sizes.length] ?? [12, 12];
      return { shape: [1, h, w, 3], data: Float32Array.from({ length: h * w * 3 }, () => 2 * random.uniform() - 1) };
    };
    const made: unknown[] = [];
    const run = async (trainer: CycleGANTrainer, images: Random, first: number): Promise<Losses[]> => {
      const losses: Losses[] = [];
      for (let step = first; step < first + 6; step++) {
        await trainer.step({ A: sized(images, step), B: sized(images, step + 1) });
        losses.push(await trainer.losses());
        const { fake_A, fake_B } = await trainer.visuals();
        made.push(fake_A, fake_B);
      }
      return losses;
    };
    const images = new Random(1);
    const trainer = new CycleGANTrainer(gpu(), small, new Random(2));
    await run(trainer, images, 0);
    const state = await trainer.state();
    const pooled = [...state.tensors].filter(([name]) => name.includes("pool")).map(([, image]) => image);
    expect(new Set(pooled.map(({ shape }) => shape.join("×"))).size).toBeGreaterThan(1);
    for (const { shape, values: data } of pooled) expect(made).toContainEqual({ shape, data });
    const at = images.state;
    const losses = await run(trainer, new Random(at), 6);

    const other = new CycleGANTrainer(gpu(), small, new Random(3));
    other.restore(state);
    expect(await run(other, new Random(at), 6)).toEqual(losses);
    expect(await other.state()).toEqual(await trainer.state());
    for (const { D_A, D_B } of losses) expect(D_A * D_B).toBeGreaterThan(0);
    trainer.dispose();
    other.dispose();
  });

  it("of other networks, channels or pools is refused by name, and nothing is changed", async () => {
    const trainer = new CycleGANTrainer(gpu(), small, new Random(2));
    await train(trainer, new Random(1), 3);
    const state = await trainer.state();
    for (const [options, message] of [
      [{ ngf: 8 }, /expected G_A\/model\.1\.weight \[7, 7, 3, 8\], got \[7, 7, 3, 4\]\. Restore it into/],
      [{ nBlocks: 2 }, /expected G_A\/model\.11\.conv_block\.1\.weight \[3, 3, 16, 16\], got none/],
      [{ poolSize: 1 }, /expected at most 1 images in fake_A_pool, got 2/],
    ] as const) {
      const other = new CycleGANTrainer(gpu(), { ...small, ...options }, new Random(2));
      const before = await other.state();
      expect(() => other.restore(state)).toThrow(message);
      expect(await other.state()).toEqual(before);
      other.dispose();
    }
    const partial = { ...state, counters: {} };
    expect(() => trainer.restore(partial)).toThrow(/expected the counter optimizer_G, got none/);
    trainer.dispose();
  });
});

/** Trains a small CycleGAN to turn dark red noise into bright blue noise and back. Prints the mean colour of a translation. */
import { CycleGANTrainer, defaultOptions, noGrad, openGpu, Random, Tensor, type ImageBatch } from "cyclegan-webgpu";

const size = 16;
const random = new Random(7);
using gpu = await openGpu();

/** An image [1, h, w, 3] in [−1, 1] around one colour. */
function noise(red: number, green: number, blue: number): ImageBatch {
  const colour = [red, green, blue];
  const data = Float32Array.from({ length: size * size * 3 }, (_, i) => (colour[i % 3] ?? 0) + 0.2 * (random.uniform() - 0.5));
  return { shape: [1, size, size, 3], data };
}

const options = { ...defaultOptions, ngf: 8, ndf: 8, nBlocks: 1, nLayersD: 1, netD: "n_layers", lambdaIdentity: 0, lr: 2e-3 } as const;
const trainer = new CycleGANTrainer(gpu, options, random.stream("model"));
for (let step = 1; step <= 60; step++) {
  await trainer.step({ A: noise(-0.5, -0.8, -0.8), B: noise(-0.6, -0.2, 0.8) });
  if (step % 20 === 0) {
    const { G_A, cycle_A, D_B } = await trainer.losses();
    console.log(`step ${step}: G_A ${G_A.toFixed(3)}, cycle_A ${cycle_A.toFixed(3)}, D_B ${D_B.toFixed(3)}`);
  }
}

const image = noise(-0.5, -0.8, -0.8);
const translated = noGrad(() => trainer.networks.G_A.forward(Tensor.from(gpu, image.shape, image.data)));
const values = await translated.data();
const channel = (c: number): string => (values.filter((_, i) => i % 3 === c).reduce((a, b) => a + b) / size ** 2).toFixed(2);
console.log(`dark red became (${channel(0)}, ${channel(1)}, ${channel(2)}); wanted about (-0.60, -0.20, 0.80)`);
trainer.dispose();

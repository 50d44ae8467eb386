// The theory of GANs in two dimensions, with the public API: a generator learns a ring of eight Gaussians. At the optimum (arXiv
// 1406.2661, section 4) the discriminator answers ½ everywhere, and the value function E log D(x) + E log(1 − D(G(z))) is −log 4.
//
//   npx cyclegan exec -- npx tsx examples/gan-ring.ts
//
// It prints both on fresh points, and how many of the Gaussians the generator covers. It writes gan-ring.png: real points in green,
// generated ones in orange, on a ground of the discriminator's answers (black 0, gray ½, white 1).
//
// Chosen by experiment, five seeds of each: with tanh and constant rates all eight Gaussians are covered and the value function is
// within 0.01 of the optimum. With leaky ReLUs it was off by 0.02 to 0.13, and three seeds of five nearly lost a Gaussian.
import { join } from "node:path";
import {
  Adam,
  backward,
  bceWithLogitsLoss,
  encodeImage,
  frozen,
  initialise,
  Linear,
  noGrad,
  openGpu,
  Random,
  Sequential,
  stateless,
  tanh,
  Tensor,
  trainedTensors,
  type Gpu,
  type Image,
} from "cyclegan-webgpu";

const [steps, batch, width] = [1000, 256, 64];
const [modes, radius, deviation] = [8, 2, 0.2];
const random = new Random(1);
using gpu: Gpu = await openGpu();

/** Two hidden layers. */
function network(name: string, outFeatures: number): Sequential {
  const made = new Sequential([
    [0, new Linear(gpu, { inFeatures: 2, outFeatures: width })],
    [1, stateless(tanh)],
    [2, new Linear(gpu, { inFeatures: width, outFeatures: width })],
    [3, stateless(tanh)],
    [4, new Linear(gpu, { inFeatures: width, outFeatures })],
  ]);
  initialise(made, "kaiming", 1, random.stream(name));
  return made;
}

/** The centres of the Gaussians. */
const centres = Array.from({ length: modes }, (_, mode) => {
  const turn = (2 * Math.PI * mode) / modes;
  return [radius * Math.cos(turn), radius * Math.sin(turn)] as const;
});

/** Points of the ring [n, 2]. */
function realPoints(n: number): Tensor {
  const points = Array.from({ length: n }, () => {
    const [x, y] = centres[random.integer(modes)] ?? [0, 0];
    return [x + deviation * random.normal(), y + deviation * random.normal()];
  });
  return Tensor.from(gpu, [n, 2], points.flat());
}

const noise = (n: number): Tensor => Tensor.randn(gpu, [n, 2], random);
const [G, D] = [network("G", 2), network("D", 1)];
const adamG = new Adam(gpu, trainedTensors(G), { lr: 1e-3, beta1: 0.5 });
const adamD = new Adam(gpu, trainedTensors(D), { lr: 1e-3, beta1: 0.5 });

for (let step = 1; step <= steps; step++) {
  using _scope = gpu.scope("step");
  const fake = G.forward(noise(batch));
  adamD.zeroGrad();
  const D_real = bceWithLogitsLoss(D.forward(realPoints(batch)), 1);
  const D_fake = bceWithLogitsLoss(D.forward(fake.detach()), 0);
  backward(D_real, D_fake);
  adamD.step();
  adamG.zeroGrad();
  const G_GAN = bceWithLogitsLoss(frozen(trainedTensors(D), () => D.forward(fake)), 1);
  backward(G_GAN);
  adamG.step();
  if (step % 250 === 0) console.log(`step ${step}: value function ${(-(await D_real.item()) - (await D_fake.item())).toFixed(3)}`);
}

/** D's answers to points [n, 2], probabilities that they are real. */
async function answers(points: Tensor): Promise<Float32Array> {
  using logits = noGrad(() => D.forward(points));
  return (await logits.data()).map((logit) => 1 / (1 + Math.exp(-logit)));
}

const mean = (values: Float32Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
using _test = gpu.scope("test");
const [real, generated] = [realPoints(4000), noGrad(() => G.forward(noise(4000)))];
const [realPlaces, places] = [await real.data(), await generated.data()];
const [ofReal, ofGenerated] = [await answers(real), await answers(generated)];
const value = mean(ofReal.map((p) => Math.log(p))) + mean(ofGenerated.map((p) => Math.log(1 - p)));
console.log(`value function ${value.toFixed(3)}, in theory ${(-Math.log(4)).toFixed(3)}`);
console.log(`D answers ${mean(ofReal).toFixed(3)} to real points and ${mean(ofGenerated).toFixed(3)} to generated ones, in theory 0.500`);

/** The share of generated points within three deviations of a centre. */
function share([cx, cy]: readonly [number, number]): number {
  let near = 0;
  for (let i = 0; i < places.length; i += 2) if (Math.hypot((places[i] ?? 0) - cx, (places[i + 1] ?? 0) - cy) < 3 * deviation) near++;
  return near / (places.length / 2);
}

const shares = centres.map(share);
// Of equal shares, each has an eighth.
console.log(`${shares.filter((one) => one > 1 / 16).length} of ${modes} Gaussians covered, by ${shares.map((one) => `${(100 * one).toFixed(0)} %`).join(", ")}`);

const [side, extent] = [480, 3.2];
const pixel = (at: number): number => ((at + 0.5) / side) * 2 * extent - extent;
const ground = await answers(
  Tensor.from(gpu, [side * side, 2], Array.from({ length: side * side }, (_, i) => [pixel(i % side), pixel(Math.floor(i / side))]).flat()),
);
const picture: Image = { width: side, height: side, channels: 3, data: new Uint8Array(3 * side * side) };
for (const [i, p] of ground.entries()) picture.data.fill(Math.round(255 * p), 3 * i, 3 * i + 3);

/** Draws points as squares of 3×3 pixels. */
function draw(points: Float32Array, count: number, colour: readonly number[]): void {
  for (let i = 0; i < 2 * count; i += 2) {
    const [x, y] = [points[i] ?? 0, points[i + 1] ?? 0].map((one) => Math.floor(((one + extent) / (2 * extent)) * side));
    for (let dy = -1; dy <= 1; dy++) {
      for (let dx = -1; dx <= 1; dx++) {
        const [px, py] = [(x ?? 0) + dx, (y ?? 0) + dy];
        if (px >= 0 && px < side && py >= 0 && py < side) picture.data.set(colour, 3 * (py * side + px));
      }
    }
  }
}

draw(realPlaces, 1000, [40, 160, 80]);
draw(places, 1000, [240, 120, 30]);
const path = join(process.argv[2] ?? ".", "gan-ring.png");
await encodeImage(path, picture);
console.log(path);

/** Trains a classifier of small noisy images (a disc, a square or a cross) and prints how many held-out images it recognises. */
import {
  Adam,
  backward,
  Conv2d,
  crossEntropyLoss,
  initialise,
  Linear,
  maxPool2d,
  noGrad,
  openGpu,
  Random,
  relu,
  reshape,
  Sequential,
  stateless,
  Tensor,
  trainedTensors,
} from "cyclegan-webgpu";

const [size, classes, batch] = [16, 3, 32];
const random = new Random(1);
using gpu = await openGpu();

/** Images [batch, size, size, 1] and the class of each. */
function draw(): { images: number[]; labels: number[] } {
  const labels = Array.from({ length: batch }, () => random.integer(classes));
  const images = labels.flatMap((label) => {
    const [x, y, r] = [4 + random.integer(8), 4 + random.integer(8), 3];
    return Array.from({ length: size * size }, (_, i) => {
      const [dx, dy] = [Math.abs((i % size) - x), Math.abs(Math.floor(i / size) - y)];
      const inside = [dx * dx + dy * dy <= r * r, Math.max(dx, dy) <= r, Math.min(dx, dy) === 0 && Math.max(dx, dy) <= r][label];
      return (inside ? 1 : 0) + 0.5 * random.normal();
    });
  });
  return { images, labels };
}

const halve = stateless((x) => maxPool2d(relu(x), { kernelSize: 2 }));
const network = new Sequential([
  ["conv1", new Conv2d(gpu, { inChannels: 1, outChannels: 16, kernelSize: 3 }, { padding: 1 })],
  ["pool1", halve],
  ["conv2", new Conv2d(gpu, { inChannels: 16, outChannels: 32, kernelSize: 3 }, { padding: 1 })],
  ["pool2", halve],
  ["flatten", stateless((x) => reshape(x, [batch, -1]))],
  ["dense", new Linear(gpu, { inFeatures: 4 * 4 * 32, outFeatures: classes })],
]);
initialise(network, "kaiming", 1, random);
const adam = new Adam(gpu, trainedTensors(network), { lr: 3e-3 });
const classify = (images: number[]): Tensor => network.forward(Tensor.from(gpu, [batch, size, size, 1], images));

for (let step = 1; step <= 150; step++) {
  using _scope = gpu.scope("step");
  const { images, labels } = draw();
  adam.zeroGrad();
  const loss = crossEntropyLoss(classify(images), labels);
  backward(loss);
  adam.step();
  if (step % 50 === 0) console.log(`step ${step}: loss ${(await loss.item()).toFixed(3)}`);
}

let right = 0;
for (let round = 0; round < 10; round++) {
  using _scope = gpu.scope("test");
  const { images, labels } = draw();
  const logits = await noGrad(() => classify(images)).data();
  right += labels.filter((label, i) => label === argmax(logits.subarray(classes * i, classes * (i + 1)))).length;
}
console.log(`${right} of ${10 * batch} held-out images recognised`);

function argmax(values: Float32Array): number {
  return values.indexOf(Math.max(...values));
}

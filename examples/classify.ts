/** Trains a classifier of small noisy images (a disc, a square or a cross) and prints how many held-out images it recognises. */
import { Adam, backward, conv2d, crossEntropyLoss, linear, maxPool2d, noGrad, openGpu, Random, relu, reshape, scale, Tensor } from "cyclegan-webgpu";

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

function weight(shape: number[], deviation: number): Tensor {
  using scope = gpu.scope("weight");
  return scope.keep(scale(Tensor.randn(gpu, shape, random), deviation)).withGrad();
}

const [conv1, conv2, dense] = [weight([3, 3, 1, 16], 0.3), weight([3, 3, 16, 32], 0.1), weight([4 * 4 * 32, classes], 0.05)];
const adam = new Adam(gpu, [conv1, conv2, dense], { lr: 3e-3 });

function classify(images: number[]): Tensor {
  const x = Tensor.from(gpu, [batch, size, size, 1], images);
  const half = maxPool2d(relu(conv2d(x, conv1, undefined, { padding: 1 })), { kernelSize: 2 });
  const quarter = maxPool2d(relu(conv2d(half, conv2, undefined, { padding: 1 })), { kernelSize: 2 });
  return linear(reshape(quarter, [batch, -1]), dense);
}

for (let step = 1; step <= 150; step++) {
  using scope = gpu.scope("step");
  const { images, labels } = draw();
  adam.zeroGrad();
  const loss = crossEntropyLoss(classify(images), labels);
  backward(loss);
  adam.step();
  if (step % 50 === 0) console.log(`step ${step}: loss ${(await scope.keep(loss).item()).toFixed(3)}`);
}

let right = 0;
for (let round = 0; round < 10; round++) {
  using scope = gpu.scope("test");
  const { images, labels } = draw();
  const logits = await scope.keep(noGrad(() => classify(images))).data();
  right += labels.filter((label, i) => label === argmax(logits.subarray(classes * i, classes * (i + 1)))).length;
}
console.log(`${right} of ${10 * batch} held-out images recognised`);

function argmax(values: Float32Array): number {
  return values.indexOf(Math.max(...values));
}

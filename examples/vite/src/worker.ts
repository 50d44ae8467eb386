/** Learns the kernel of a blur on the GPU, in a worker, so that the page stays responsive. */
import { Adam, backward, conv2d, mseLoss, noGrad, openGpu, Random, Tensor } from "cyclegan-webgpu";
import type { Message } from "./messages.js";

const tell = (message: Message): void => self.postMessage(message);

async function learn(): Promise<readonly number[]> {
  using gpu = await openGpu();
  const random = new Random(1);
  const blur = Tensor.full(gpu, [3, 3, 1, 1], 1 / 9);
  const kernel = Tensor.zeros(gpu, [3, 3, 1, 1]).withGrad();
  const adam = new Adam(gpu, [kernel], { lr: 1e-2 });
  for (let step = 1; step <= 120; step++) {
    using scope = gpu.scope(`step ${step}`);
    const noise = Tensor.from(gpu, [1, 16, 16, 1], Array.from({ length: 256 }, () => random.uniform() - 0.5), scope.name);
    adam.zeroGrad();
    const loss = mseLoss(conv2d(noise, kernel), noGrad(() => conv2d(noise, blur)));
    backward(loss);
    adam.step();
    if (step % 40 === 0) tell({ kind: "step", step, loss: await loss.item() });
  }
  return [...(await kernel.data())];
}

learn().then(
  (kernel) => tell({ kind: "done", kernel }),
  // The message says what to do: in a browser without WebGPU, which ones have it.
  (error: unknown) => tell({ kind: "failed", message: String(error) }),
);

import { backward, conv2d, mseLoss, openGpu, Tensor } from "cyclegan-webgpu";

using gpu = await openGpu();
const image = Tensor.from(gpu, [1, 2, 2, 1], [1, 2, 3, 4]); // [n, h, w, c]
const weight = Tensor.from(gpu, [3, 3, 1, 1], [0, 0, 0, 0, 1, 0, 0, 0, 0]).withGrad(); // [kh, kw, in, out]
const padded = conv2d(image, weight, undefined, { padding: 1, paddingMode: "reflect" });
const loss = mseLoss(padded, 0);
backward(loss);
console.log(`loss ${await loss.item()}, gradient ${String(await weight.grad?.data())}`);

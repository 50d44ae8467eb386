/** Every differentiable op. */
export { add, sub } from "./add.js";
export { batchNorm } from "./batch-norm.js";
export { bceWithLogitsLoss } from "./bce-with-logits-loss.js";
export { concat } from "./concat.js";
export { conv2d, type Conv2dOptions } from "./conv2d.js";
export { convTranspose2d, type ConvTranspose2dOptions } from "./conv-transpose2d.js";
export { instanceNorm } from "./instance-norm.js";
export { l1Loss } from "./l1-loss.js";
export { leakyRelu, relu } from "./leaky-relu.js";
export type { LossTarget } from "./loss.js";
export { mseLoss } from "./mse-loss.js";
export { mul } from "./mul.js";
export { narrow } from "./narrow.js";
export { reflectionPad2d, type Padding2d } from "./reflection-pad2d.js";
export { scale } from "./scale.js";
export { sigmoid } from "./sigmoid.js";
export { mean, sum } from "./sum.js";
export { tanh } from "./tanh.js";

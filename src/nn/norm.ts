import { instanceNorm } from "../ops/instance-norm.js";
import { leakyRelu } from "../ops/leaky-relu.js";
import { stateless, type Module } from "./module.js";

export type Norm = "instance" | "none";

/** A norm with the leaky ReLU behind it: `slope` 1 means no activation, 0 ReLU. */
export function normActivation(norm: Norm, slope: number): Module {
  if (norm === "instance") return stateless((x) => instanceNorm(x, slope));
  return stateless((x) => (slope === 1 ? x : leakyRelu(x, slope)));
}

/** Whether a convolution in front of this norm has a bias: the reference gives it one for instance norm alone. */
export function usesBias(norm: Norm): boolean {
  return norm === "instance";
}

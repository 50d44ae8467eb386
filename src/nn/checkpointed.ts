import { checkpoint } from "../tensor/activation-checkpoint.js";
import type { Module } from "./module.js";

/** `module` without stored activations: `backward` runs it again. See `checkpoint`. */
export function checkpointed(module: Module): Module {
  return {
    forward: (x) => checkpoint((input) => module.forward(input), x),
    parameters: () => module.parameters(),
  };
}

import { checkpoint } from "../tensor/activation-checkpoint.js";
import type { Module } from "./module.js";

/** `module`, of whose activations none is kept for `backward`: it runs again there. See `checkpoint`. */
export function checkpointed(module: Module): Module {
  return {
    forward: (x) => checkpoint((input) => module.forward(input), x),
    parameters: () => module.parameters(),
  };
}

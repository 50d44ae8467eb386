/** The networks of a model as a training begins: with first weights, and under the names that messages call them by. */
import { initialise, type InitType } from "../../nn/init.js";
import { titled, type ParameterSet } from "../../nn/module.js";
import type { Random } from "../../random.js";
import type { Network } from "../networks/build.js";

/** The distribution of first weights; see `initialise`. */
export interface FirstWeights {
  readonly initType: InitType;
  readonly initGain: number;
}

/** A network whose ops observers see under its name. */
export function named<N extends Network>(name: string, network: N): N {
  return { ...network, ...titled(name, network) };
}

/** Labels parameters by the name of their network, as messages call them. */
export function labelParameters(name: string, network: ParameterSet): void {
  for (const [parameter, { tensor }] of network.parameters()) tensor.label = `${name}.${parameter}`;
}

/** Fills and labels the parameters of a network. It draws from the stream of its name. */
export function fillFirstWeights(name: string, network: ParameterSet, { initType, initGain }: FirstWeights, random: Random): void {
  initialise(network, initType, initGain, random.stream(name));
  labelParameters(name, network);
}

/** `named` networks with their first weights, by their names. */
export function withFirstWeights<Name extends string>(
  networks: Readonly<Record<Name, Network>>,
  first: FirstWeights,
  random: Random,
): Readonly<Record<Name, Network>> {
  const entries = Object.entries<Network>(networks).map(([name, network]) => {
    fillFirstWeights(name, network, first, random);
    return [name, named(name, network)] as const;
  });
  return { ...networks, ...Object.fromEntries(entries) };
}

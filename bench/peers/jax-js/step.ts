import { jit, numpy as np, valueAndGrad, type Array as Tensor } from "@jax-js/jax";
import { defaultOptions } from "../../../src/models/cyclegan/options.js";
import type { PreparedWork, Sample, Tensors } from "../engine.js";
import { applyNetwork, layersOf, trainedNames, type NetworkName } from "../layers.js";
import type { StepWork } from "../work.js";
import { load, operations, unload } from "./operations.js";
import { submit } from "./kernels.js";

const { lr, beta1, lambdaA, lambdaB, lambdaIdentity } = defaultOptions;
const beta2 = 0.999;
const epsilon = 1e-8;

/** Tensors by name, with respect to which jax-js can differentiate. */
type Named = Record<string, Tensor>;

const mapped = (named: Named, f: (tensor: Tensor, name: string) => Tensor): Named => {
  return Object.fromEntries(Object.entries(named).map(([name, tensor]) => [name, f(tensor, name)]));
};
const handles = (named: Named): Named => mapped(named, (tensor) => tensor.ref);
const dispose = (named: Named): void => Object.values(named).forEach((tensor) => tensor.dispose());

function at(named: Named, name: string): Tensor {
  const tensor = named[name];
  if (!tensor) throw new Error(`parameters: expected ${name}, got none.`);
  return tensor;
}

/** Parameters with Adam's moments. */
type Trained = Record<"parameters" | "first" | "second", Named>;

const l1 = (a: Tensor, b: Tensor, lambda: number): Tensor => np.abs(a.sub(b)).mean().mul(lambda);
const gan = (map: Tensor, label: number): Tensor => np.square(map.sub(label)).mean();
const total = (terms: readonly Tensor[]): Tensor => terms.reduce((sum, term) => sum.add(term.ref), np.array(0));

/** Prepares a step of three compiled functions: the generators' gradients, the discriminators' gradients, and Adam. */
export function prepareStep(work: StepWork, inputs: Tensors): PreparedWork {
  const network = (name: NetworkName, parameters: Named, x: Tensor): Tensor => {
    return applyNetwork(operations, layersOf(name, work), (parameter) => at(parameters, `${name}.${parameter}`).ref, x);
  };

  const generatorLosses = (g: Named, d: Named, real_A: Tensor, real_B: Tensor): [Tensor, Named] => {
    const fake_B = network("G_A", g, real_A.ref);
    const fake_A = network("G_B", g, real_B.ref);
    const losses = {
      G_A: gan(network("D_A", d, fake_B.ref), 1),
      G_B: gan(network("D_B", d, fake_A.ref), 1),
      cycle_A: l1(network("G_B", g, fake_B.ref), real_A.ref, lambdaA),
      cycle_B: l1(network("G_A", g, fake_A.ref), real_B.ref, lambdaB),
      idt_A: l1(network("G_A", g, real_B.ref), real_B, lambdaB * lambdaIdentity),
      idt_B: l1(network("G_B", g, real_A.ref), real_A, lambdaA * lambdaIdentity),
    };
    return [total(Object.values(losses)), { ...losses, fake_A, fake_B }];
  };
  const discriminatorLosses = (d: Named, real_A: Tensor, real_B: Tensor, fake_A: Tensor, fake_B: Tensor): [Tensor, Named] => {
    const judge = (name: NetworkName, real: Tensor, fake: Tensor): Tensor => {
      return gan(network(name, d, real), 1).add(gan(network(name, d, fake), 0)).mul(0.5);
    };
    const losses = { D_A: judge("D_A", real_B, fake_B), D_B: judge("D_B", real_A, fake_A) };
    return [total(Object.values(losses)), losses];
  };
  const generatorGradients = jit((g: Named, d: Named, real_A: Tensor, real_B: Tensor): [Named, Named] => {
    const [[loss, found], gradients] = valueAndGrad(generatorLosses, { hasAux: true })(g, d, real_A, real_B);
    loss.dispose();
    return [found, gradients];
  });
  const discriminatorGradients = jit((d: Named, real_A: Tensor, real_B: Tensor, fake_A: Tensor, fake_B: Tensor): [Named, Named] => {
    const [[loss, found], gradients] = valueAndGrad(discriminatorLosses, { hasAux: true })(d, real_A, real_B, fake_A, fake_B);
    loss.dispose();
    return [found, gradients];
  });
  const adam = jit((state: Trained, gradients: Named, stepSize: Tensor, rootCorrection2: Tensor): Trained => {
    const first = mapped(state.first, (m, name) => m.mul(beta1).add(at(gradients, name).ref.mul(1 - beta1)));
    const second = mapped(state.second, (v, name) => v.mul(beta2).add(np.square(at(gradients, name)).mul(1 - beta2)));
    const parameters = mapped(state.parameters, (parameter, name) => {
      const root = np.sqrt(at(second, name).ref).div(rootCorrection2.ref).add(epsilon);
      return parameter.sub(at(first, name).ref.mul(stepSize.ref).div(root));
    });
    return { parameters, first, second };
  });

  const trained = (names: readonly string[]): Trained => {
    const parameters = Object.fromEntries(names.map((name) => [name, load(inputs, name)]));
    const zeros = (): Named => mapped(parameters, ({ shape }) => np.zeros(shape));
    return { parameters, first: zeros(), second: zeros() };
  };
  let generators = trained([...trainedNames("G_A", work), ...trainedNames("G_B", work)]);
  let discriminators = trained([...trainedNames("D_A", work), ...trainedNames("D_B", work)]);
  const [real_A, real_B] = [load(inputs, "real_A"), load(inputs, "real_B")];
  let steps = 0;

  const step = async () => {
    steps++;
    const stepSize = np.array(lr / (1 - beta1 ** steps));
    const rootCorrection2 = np.array(Math.sqrt(1 - beta2 ** steps));
    const [g, d] = [handles(generators.parameters), handles(discriminators.parameters)];
    const [found, ofGenerators] = generatorGradients(g, d, real_A.ref, real_B.ref);
    const { fake_A, fake_B, ...losses } = found;
    if (!fake_A || !fake_B) throw new Error("step: expected generated images, got none.");
    // The pool returns the new images until it is full.
    const again = handles(discriminators.parameters);
    const [judged, ofDiscriminators] = discriminatorGradients(again, real_A.ref, real_B.ref, fake_A, fake_B);
    generators = adam(generators, handles(ofGenerators), stepSize.ref, rootCorrection2.ref);
    discriminators = adam(discriminators, handles(ofDiscriminators), stepSize, rootCorrection2);
    for (const state of [generators, discriminators]) {
      for (const tensor of Object.values(state).flatMap((named: Named) => Object.values(named))) await submit(tensor.ref);
    }
    return { losses: { ...losses, ...judged }, gradients: { ...ofGenerators, ...ofDiscriminators } };
  };
  const run = async () => {
    const { losses, gradients } = await step();
    dispose(losses);
    dispose(gradients);
  };
  const results = async () => {
    const { losses, gradients } = await step();
    const named = [
      ...Object.entries(losses).map(([name, loss]) => [`loss ${name}`, loss.reshape([1])] as const),
      ...Object.entries(gradients).map(([name, gradient]) => [`gradient ${name}`, gradient] as const),
    ];
    return new Map(await Promise.all(named.map(async ([name, tensor]) => [name, await unload(tensor)] as const)));
  };
  const release = (): void => {
    for (const named of [...Object.values(generators), ...Object.values(discriminators)]) dispose(named);
    for (const compiled of [generatorGradients, discriminatorGradients, adam]) compiled.dispose();
    real_A.dispose();
    real_B.dispose();
  };
  const arm = (repeats: number): Sample => ({ runs: Array.from({ length: repeats }, () => run) });
  return { arm, results, release };
}

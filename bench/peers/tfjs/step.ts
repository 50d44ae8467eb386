import type { NamedTensorMap, Rank, Scalar, Tensor, Tensor4D, Variable } from "@tensorflow/tfjs-core";
import { storeFloat32, type StoredTensor } from "../../../src/io/safetensors.js";
import { defaultOptions } from "../../../src/models/cyclegan/options.js";
import type { PreparedWork, Sample, Tensors } from "../engine.js";
import { applyNetwork, layersOf, networks, trainedNames, type NetworkName } from "../layers.js";
import type { StepWork } from "../work.js";
import { tf } from "./backend.js";
import { load, operations, unload, withFourAxes } from "./operations.js";

const { lr, beta1, lambdaA, lambdaB, lambdaIdentity } = defaultOptions;
const beta2 = 0.999;
const epsilon = 1e-8;

/** The results of a step, for the check. */
interface StepResult {
  readonly losses: Readonly<Record<string, Tensor>>;
  readonly gradients: NamedTensorMap;
}

const named = (gradients: NamedTensorMap) => Object.entries(gradients).map(([name, tensor]) => ({ name, tensor }));
const kindOf = (name: string) => (name.endsWith(".weight") ? "kernel" : "vector");

/** Prepares a step in one graph, as in PyTorch. Biases before a norm are left out, as in ours. */
export function prepareStep(work: StepWork, inputs: Tensors): PreparedWork {
  const variables = new Map<string, Variable<Rank.R4>>();
  for (const name of networks.flatMap((network) => trainedNames(network, work))) {
    variables.set(name, tf.variable(load(inputs, name, kindOf(name)), true, name));
  }
  const of = (...names: readonly NetworkName[]): Variable<Rank.R4>[] => {
    return [...variables].filter(([name]) => names.some((network) => name.startsWith(network))).map(([, variable]) => variable);
  };
  const net = (network: NetworkName) => {
    const layers = layersOf(network, work);
    const parameter = (name: string): Tensor4D => {
      const variable = variables.get(`${network}.${name}`);
      if (!variable) throw new Error(`parameters: expected ${network}.${name}, got none.`);
      return variable;
    };
    return (x: Tensor4D): Tensor4D => applyNetwork(operations, layers, parameter, x);
  };
  const [G_A, G_B, D_A, D_B] = [net("G_A"), net("G_B"), net("D_A"), net("D_B")];
  const [real_A, real_B] = [load(inputs, "real_A", "image"), load(inputs, "real_B", "image")];
  const optimizerG = tf.train.adam(lr, beta1, beta2, epsilon);
  const optimizerD = tf.train.adam(lr, beta1, beta2, epsilon);

  const l1 = (a: Tensor4D, b: Tensor4D, lambda: number): Scalar => tf.mul(tf.mean(tf.abs(tf.sub(a, b))), lambda);
  const gan = (map: Tensor4D, label: number): Scalar => tf.mean(tf.square(tf.sub(map, label)));

  const stepGenerators = () => {
    const kept: { fake_A?: Tensor4D; fake_B?: Tensor4D; losses?: Record<string, Scalar> } = {};
    const loss = (): Scalar => {
      const [fake_B, fake_A] = [G_A(real_A), G_B(real_B)];
      const losses = {
        G_A: gan(D_A(fake_B), 1),
        G_B: gan(D_B(fake_A), 1),
        cycle_A: l1(G_B(fake_B), real_A, lambdaA),
        cycle_B: l1(G_A(fake_A), real_B, lambdaB),
        idt_A: l1(G_A(real_B), real_B, lambdaB * lambdaIdentity),
        idt_B: l1(G_B(real_A), real_A, lambdaA * lambdaIdentity),
      };
      for (const tensor of [fake_A, fake_B, ...Object.values(losses)]) tf.keep(tensor);
      Object.assign(kept, { fake_A, fake_B, losses });
      return tf.addN(Object.values(losses));
    };
    const { grads } = tf.variableGrads(loss, of("G_A", "G_B"));
    optimizerG.applyGradients(named(grads));
    return { ...kept, grads };
  };

  const stepDiscriminators = (fake_A: Tensor4D, fake_B: Tensor4D) => {
    const losses: Record<string, Scalar> = {};
    const discriminate = (name: string, judge: (x: Tensor4D) => Tensor4D, real: Tensor4D, fake: Tensor4D): Scalar => {
      return tf.keep((losses[name] = tf.mul(tf.add(gan(judge(real), 1), gan(judge(fake), 0)), 0.5)));
    };
    const loss = (): Scalar => tf.add(discriminate("D_A", D_A, real_B, fake_B), discriminate("D_B", D_B, real_A, fake_A));
    const { grads } = tf.variableGrads(loss, of("D_A", "D_B"));
    optimizerD.applyGradients(named(grads));
    return { losses, grads };
  };

  const step = (): StepResult => {
    const { fake_A, fake_B, losses, grads } = stepGenerators();
    if (!fake_A || !fake_B) throw new Error("step: expected generated images, got none.");
    // The pool returns the new images until it is full.
    const judged = stepDiscriminators(fake_A, fake_B);
    tf.dispose([fake_A, fake_B]);
    return { losses: { ...losses, ...judged.losses }, gradients: { ...grads, ...judged.grads } };
  };
  const run = (): void => {
    const { losses, gradients } = step();
    tf.dispose([losses, gradients]);
  };
  const results = async () => {
    const { losses, gradients } = step();
    const stored = new Map<string, StoredTensor>();
    for (const [name, loss] of Object.entries(losses)) {
      stored.set(`loss ${name}`, storeFloat32([1], Float32Array.from(await loss.data())));
    }
    for (const [name, gradient] of Object.entries(gradients)) {
      stored.set(`gradient ${name}`, await unload(withFourAxes(gradient), kindOf(name)));
    }
    return stored;
  };
  const release = (): void => {
    tf.dispose([real_A, real_B, ...variables.values()]);
    optimizerG.dispose();
    optimizerD.dispose();
  };
  const arm = (repeats: number): Sample => ({ runs: Array.from({ length: repeats }, () => run) });
  return { arm, results, release };
}

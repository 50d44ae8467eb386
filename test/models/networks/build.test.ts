import { expect, test } from "vitest";
import { MisuseError } from "../../../src/errors.js";
import { buildNetwork, type Network } from "../../../src/models/networks/build.js";
import { conv, type Architecture, type Layer } from "../../../src/models/networks/layer.js";
import { discriminator } from "../../../src/models/networks/patch-gan.js";
import { resnetGenerator } from "../../../src/models/networks/resnet.js";
import { initialise } from "../../../src/nn/init.js";
import { releaseModule } from "../../../src/nn/module.js";
import { mul } from "../../../src/ops/elementwise/mul.js";
import { sum } from "../../../src/ops/reduce/sum.js";
import { Random } from "../../../src/random.js";
import { backward } from "../../../src/tensor/autograd.js";
import { Tensor } from "../../../src/tensor/tensor.js";
import { useGpu } from "../../support/device.js";

const gpu = useGpu();

function built(architecture: Architecture): Network {
  const network = buildNetwork(gpu(), architecture);
  initialise(network, "kaiming", 1, new Random(3));
  return network;
}

/** Values of a network's result and of the gradient of Σ y² at its input. */
async function resultOf(run: (x: Tensor) => Tensor): Promise<{ readonly y: Float32Array; readonly dx: Float32Array }> {
  const random = new Random(7);
  using scope = gpu().scope("result");
  const x = Tensor.from(gpu(), [2, 16, 16, 3], Float32Array.from({ length: 2 * 16 * 16 * 3 }, () => random.uniform() - 0.5)).withGrad();
  const y = run(x);
  backward(sum(mul(y, y)));
  scope.seal();
  return { y: await y.data(), dx: (await x.grad?.data()) ?? new Float32Array() };
}

const norms = ["instance", "batch", "none"] as const;
const networks: readonly Architecture[] = [
  ...norms.map((norm) => resnetGenerator({ inputNc: 3, outputNc: 3, ngf: 4, nBlocks: 2, norm })),
  discriminator({ inputNc: 3, ndf: 4, netD: "n_layers", nLayersD: 1, norm: "instance" }),
  discriminator({ inputNc: 3, ndf: 4, netD: "pixel", nLayersD: 3, norm: "batch", spectralNorm: true }),
];

/** How many layers run up to a tap: a ReLU behind a norm is computed with it. */
function layersUpTo({ layers }: Architecture): number[] {
  return layers.flatMap((layer, at) => (layer.kind === "norm" && layers[at + 1]?.kind === "relu" ? [] : [at + 1]));
}

test.each(networks)("the activation of a layer is what the network up to it computes, with its gradient: %#", async (architecture) => {
  const network = built(architecture);
  const counts = layersUpTo(architecture);
  expect(network.layerNames).toHaveLength(counts.length);
  for (const [index, count] of counts.entries()) {
    const name = network.layerNames[index] ?? "";
    initialise(network, "kaiming", 1, new Random(3));
    const tapped = await resultOf((x) => network.activations(x, [name]).get(name) ?? x);
    const start = built({ ...architecture, layers: architecture.layers.slice(0, count) });
    expect(tapped).toEqual(await resultOf((x) => start.forward(x)));
    releaseModule(start);
  }
  releaseModule(network);
});

test("several activations come from one pass, in order; the rest is released, and nothing runs behind the last", () => {
  const network = built(resnetGenerator({ inputNc: 3, outputNc: 3, ngf: 4, nBlocks: 2, norm: "instance" }));
  const parameters = gpu().stats.liveBytes;
  const x = Tensor.from(gpu(), [1, 8, 8, 3], new Float32Array(8 * 8 * 3));
  const dispatches = gpu().stats.dispatches;
  const taps = network.activations(x, ["model.10", "model.3"]);
  const partly = gpu().stats.dispatches - dispatches;
  expect([...taps].map(([name, { shape }]) => [name, shape])).toEqual([["model.3", [1, 8, 8, 4]], ["model.10", [1, 2, 2, 16]]]);
  using y = network.forward(x);
  expect(y.shape).toEqual([1, 8, 8, 3]);
  expect(gpu().stats.dispatches - dispatches - partly).toBeGreaterThan(partly);
  for (const tensor of [...taps.values(), x, y]) tensor.release();
  expect(gpu().stats.liveBytes).toBe(parameters);
  releaseModule(network);
});

test("a name that is no layer's, and lists that cannot be built, are refused", () => {
  const network = buildNetwork(gpu(), { list: "net", layers: [conv({ from: 3, to: 4, kernel: 1 }), { kind: "tanh" }] });
  using x = Tensor.from(gpu(), [1, 1, 1, 3], new Float32Array(3));
  const message = /^activations: expected names of layers among net\.0, net\.1, got "net\.2"\.$/;
  expect(() => network.activations(x, ["net.1", "net.2"])).toThrow(message);
  releaseModule(network);
  const refuse = (layers: readonly Layer[], reason: RegExp): void => {
    expect(() => buildNetwork(gpu(), { list: "net", layers })).toThrow(MisuseError);
    expect(() => buildNetwork(gpu(), { list: "net", layers })).toThrow(reason);
  };
  refuse([{ kind: "norm", norm: "instance", channels: 3 }], /^net\.0: expected a convolution before a norm, got nothing\.$/);
  refuse([{ kind: "tanh" }, { kind: "norm", norm: "instance", channels: 3 }], /^net\.1: .* got tanh\.$/);
  refuse([conv({ from: 3, to: 4, kernel: 3, upsample: true, spectralNorm: true })], /^net\.0: expected spectral norm of a plain convolution/);
});

// A model of your own: one generator learns from pairs of images by the L1 distance, without a discriminator. Because it
// implements `ModelDefinition`, the whole command works with it: training that resumes, a page, held-out figures, translation.
//
//   npx tsx examples/own-model.ts train --model regression --dataroot pairs --name mine
//   npx tsx examples/own-model.ts translate --model runs/mine --direction AtoB --input photos --output drawn
//
// `pairs` contains train/*.png and, for measuring, test/*.png. Each image has A in its left half and B in its right half.
import {
  Adam,
  aligned,
  backward,
  buildGenerator,
  initialise,
  l1Loss,
  NewestStep,
  noGrad,
  option,
  registerModel,
  releaseModule,
  restoreState,
  runCommand,
  takeState,
  Tensor,
  trainedNames,
  trainedTensors,
  type Batch,
  type Generator,
  type Gpu,
  type HeldOutImages,
  type Image,
  type Model,
  type ModelDefinition,
  type Random,
  type StatefulParts,
  type StepTime,
  type TrainerState,
} from "cyclegan-webgpu";

const table = {
  inputNc: option.channels(3, "channels of A"),
  outputNc: option.channels(3, "channels of B"),
  ngf: option.whole(64, 1, "width of the generator"),
  nBlocks: option.whole(9, 1, "residual blocks in the generator"),
  beta1: option.real(0.5, { min: 0, max: 0.9999 }, "momentum of Adam"),
};
type Options = option.ValuesOf<typeof table> & { readonly lr: number };

class Regression implements Model<"A" | "B"> {
  readonly #gpu: Gpu;
  readonly #G: Generator;
  readonly #adam: Adam;
  readonly #newest: NewestStep<"L1">;

  constructor(gpu: Gpu, options: Options, random: Random) {
    this.#gpu = gpu;
    this.#G = buildGenerator(gpu, { ...options, norm: "instance" });
    initialise(this.#G, "normal", 0.02, random.stream("G"));
    this.#adam = new Adam(gpu, trainedTensors(this.#G), options);
    this.#newest = new NewestStep(gpu, ["L1"]);
  }

  schedule({ lr }: StepTime): void {
    this.#adam.lr = lr;
  }

  async step({ A, B }: Batch<"A" | "B">): Promise<void> {
    this.#newest.release();
    {
      using scope = this.#gpu.scope("training step");
      const real_A = Tensor.from(this.#gpu, A.shape, A.data, "real_A");
      const real_B = Tensor.from(this.#gpu, B.shape, B.data, "real_B");
      this.#adam.zeroGrad();
      const fake_B = this.#G.forward(real_A);
      const L1 = l1Loss(fake_B, real_B);
      backward(L1);
      this.#adam.step();
      this.#newest.keep(scope, { real_A, fake_B, real_B }, { L1 });
    }
    await this.#newest.submit({ "the generator": this.#adam.nonFinite });
  }

  losses = () => this.#newest.losses();
  visuals = () => this.#newest.visuals();

  /** Mean |fake B − real B| over the test images, in [−1, 1]. */
  evaluation({ A, B }: HeldOutImages<"A" | "B">) {
    return async () => {
      let sum = 0;
      for (const [index, image] of A.entries()) sum += await this.#distance(image, B[index] ?? image);
      return { l1: sum / A.length };
    };
  }

  async #distance(a: Image, b: Image): Promise<number> {
    const read = ({ data }: Image): number[] => Array.from(data, (value) => value / 127.5 - 1);
    using input = Tensor.from(this.#gpu, [1, a.height, a.width, a.channels], read(a), "A");
    using fake = noGrad(() => this.#G.forward(input));
    const target = read(b);
    return (await fake.data()).reduce((sum, value, index) => sum + Math.abs(value - (target[index] ?? 0)), 0) / target.length;
  }

  get weights() {
    return { G: this.#G };
  }

  get #parts(): StatefulParts {
    return { networks: this.weights, optimizers: { optimizer_G: { adam: this.#adam, parameters: trainedNames(this.weights) } } };
  }

  async state(): Promise<TrainerState> {
    await this.#newest.losses();
    return takeState(this.#parts);
  }

  restore(state: TrainerState): void {
    restoreState(this.#gpu, this.#parts, state);
    this.#newest.reset();
  }

  dispose(): void {
    this.#newest.release();
    this.#adam.dispose();
    releaseModule(this.#G);
  }
}

const regression: ModelDefinition<Options, "A" | "B"> = {
  name: "regression",
  title: "Regression",
  summary: "pairs of images, by their L1 distance",
  optionGroups: { networks: table },
  dataset: aligned,
  losses: ["L1"],
  metric: "l1",
  charts: [
    { title: "Held-out L1", note: "mean |fake B − real B| of test images", source: "metrics", keys: ["l1"], smooth: false },
    { title: "L1", note: "of the training images", source: "log", keys: ["L1"], smooth: true },
  ],
  imageSides: () => ({ multiple: 4, least: 8 }),
  channels: ({ inputNc, outputNc }) => ({ A: inputNc, B: outputNc }),
  visuals: () => [{ visuals: ["real_A", "fake_B", "real_B"], headings: ["A", "translated", "B"] }],
  translators: () => ({ AtoB: "G" }),
  create: (gpu, options, random) => new Regression(gpu, options, random),
};

registerModel(regression);
await runCommand(process.argv.slice(2));

/** How the two generators, the two discriminators and their losses are built. Names and defaults are the reference's. */
export interface CycleGANOptions {
  /** Channels of domain A. */
  readonly inputNc: number;
  /** Channels of domain B. */
  readonly outputNc: number;
  /** Width of the generators: channels after the first convolution. A multiple of 4 is fastest. */
  readonly ngf: number;
  /** Width of the discriminators. */
  readonly ndf: number;
  /** Residual blocks in a generator; the reference names 6 and 9. */
  readonly nBlocks: number;
  /** Doubling in the generators: the reference's transposed convolution, or nearest neighbours and then a convolution 3×3. */
  readonly upsample: "conv-transpose" | "resize-conv";
  readonly netD: "basic" | "n_layers" | "pixel";
  /** Stride-2 layers of an `n_layers` discriminator; `basic` means 3. */
  readonly nLayersD: number;
  /** Divides the discriminators' weights by their largest singular values. */
  readonly spectralNorm: boolean;
  readonly norm: "instance" | "batch" | "none";
  readonly initType: "normal" | "xavier" | "kaiming" | "orthogonal";
  readonly initGain: number;
  readonly ganMode: "lsgan" | "vanilla";
  /** Weight of the cycle A → B → A. */
  readonly lambdaA: number;
  /** Weight of the cycle B → A → B. */
  readonly lambdaB: number;
  /** Weight of the identity losses, relative to the cycle weights; 0 leaves them out. */
  readonly lambdaIdentity: number;
  /** Generated images remembered for the discriminators; 0 hands the newest ones straight on. */
  readonly poolSize: number;
  /** Augmentations of all that the discriminators see, of "color", "translation" and "cutout" with commas between; "": none. */
  readonly diffaugment: string;
  /** Keeps few activations of the generators and computes the others again: less memory for about a third more time. */
  readonly checkpointActivations: boolean;
  /** Decay of moving averages of the generators, which then translate in their place; 0: none are kept. */
  readonly ema: number;
  readonly lr: number;
  readonly beta1: number;
}

export const defaultOptions: CycleGANOptions = {
  inputNc: 3,
  outputNc: 3,
  ngf: 64,
  ndf: 64,
  nBlocks: 9,
  upsample: "conv-transpose",
  netD: "basic",
  nLayersD: 3,
  spectralNorm: false,
  norm: "instance",
  initType: "normal",
  initGain: 0.02,
  ganMode: "lsgan",
  lambdaA: 10,
  lambdaB: 10,
  lambdaIdentity: 0.5,
  poolSize: 50,
  diffaugment: "",
  checkpointActivations: false,
  ema: 0,
  lr: 2e-4,
  beta1: 0.5,
};

/** The eight losses of a step, in the reference's log order. Cycle and identity values include their weights. */
export const lossNames = ["D_A", "G_A", "cycle_A", "idt_A", "D_B", "G_B", "cycle_B", "idt_B"] as const;
export type LossName = (typeof lossNames)[number];
export type Losses = Readonly<Record<LossName, number>>;

/** The images of a step, in the reference's display order. `idt_B` = G_B(A) stands in the A row. */
export const visualNames = ["real_A", "fake_B", "rec_A", "idt_B", "real_B", "fake_A", "rec_B", "idt_A"] as const;
export type VisualName = (typeof visualNames)[number];

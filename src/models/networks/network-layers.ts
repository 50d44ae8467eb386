/** CycleGAN's networks as PyTorch's lists have them: what a file of weights should hold, and what ONNX is written from. */

export type NormKind = "instance" | "batch" | "none";

export interface GeneratorSizes {
  readonly inputNc: number;
  readonly outputNc: number;
  readonly ngf: number;
  readonly nBlocks: number;
  readonly norm: NormKind;
  readonly upsample: "conv-transpose" | "resize-conv";
}

export interface DiscriminatorSizes {
  readonly inputNc: number;
  readonly ndf: number;
  readonly netD: "basic" | "n_layers" | "pixel";
  readonly nLayersD: number;
  readonly norm: NormKind;
  readonly spectralNorm: boolean;
}

export interface ConvLayer {
  readonly kind: "conv" | "convTranspose";
  /** Begins the names of its weight and bias. */
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
  /** How the edges are filled. */
  readonly edges: "reflect" | "zeros";
  readonly bias: boolean;
  /** Whether its weight is divided by its largest singular value, of which the file has the vectors. */
  readonly spectralNorm: boolean;
}

export type Layer =
  | ConvLayer
  | { readonly kind: "norm"; readonly name: string; readonly norm: NormKind; readonly channels: number }
  /** `upsample`: each pixel becomes four. */
  | { readonly kind: "relu" | "leakyRelu" | "tanh" | "upsample" }
  | { readonly kind: "residual"; readonly layers: readonly Layer[] };

type ConvFields = Partial<ConvLayer> & Pick<ConvLayer, "name" | "from" | "to" | "kernel">;

function conv(fields: ConvFields): ConvLayer {
  return { kind: "conv", stride: 1, padding: 0, edges: "zeros", bias: true, spectralNorm: false, ...fields };
}

/** Layers of the ResNet generator. Source: arXiv 1703.10593, appendix 7.2; networks.py's ResnetGenerator. */
export function generatorLayers({ inputNc, outputNc, ngf, nBlocks, norm, upsample }: GeneratorSizes): Layer[] {
  const layers: Layer[] = [];
  const normed = (index: number, fields: Omit<ConvFields, "name">): void => {
    layers.push(conv({ bias: norm === "instance", ...fields, name: `model.${index}` }));
    layers.push({ kind: "norm", name: `model.${index + 1}`, norm, channels: fields.to }, { kind: "relu" });
  };
  const halving = { kernel: 3, stride: 2, padding: 1 } as const;
  const doubling = (index: number, from: number, to: number): void => {
    if (upsample === "conv-transpose") {
      normed(index, { from, to, ...halving, kind: "convTranspose" });
    } else {
      layers.push({ kind: "upsample" });
      normed(index, { from, to, kernel: 3, padding: 1, edges: "reflect" });
    }
  };
  const wide = { kernel: 7, padding: 3, edges: "reflect" } as const;
  normed(1, { from: inputNc, to: ngf, ...wide });
  normed(4, { from: ngf, to: 2 * ngf, ...halving });
  normed(7, { from: 2 * ngf, to: 4 * ngf, ...halving });
  for (let block = 0; block < nBlocks; block++) layers.push(residualBlock(`model.${10 + block}.conv_block`, 4 * ngf, norm));
  doubling(10 + nBlocks, 4 * ngf, 2 * ngf);
  doubling(13 + nBlocks, 2 * ngf, ngf);
  layers.push(conv({ name: `model.${17 + nBlocks}`, from: ngf, to: outputNc, ...wide }), { kind: "tanh" });
  return layers;
}

function residualBlock(name: string, channels: number, norm: NormKind): Layer {
  const half = (index: number): Layer[] => [
    conv({
      name: `${name}.${index}`,
      from: channels,
      to: channels,
      kernel: 3,
      padding: 1,
      edges: "reflect",
      bias: norm === "instance",
    }),
    { kind: "norm", name: `${name}.${index + 1}`, norm, channels },
  ];
  return { kind: "residual", layers: [...half(1), { kind: "relu" }, ...half(5)] };
}

/** Layers of a PatchGAN or pixel discriminator. Source: networks.py's NLayerDiscriminator and PixelDiscriminator. */
export function discriminatorLayers(sizes: DiscriminatorSizes): Layer[] {
  const { inputNc, ndf, netD, nLayersD, norm, spectralNorm } = sizes;
  const bias = norm === "instance";
  if (netD === "pixel") {
    return [
      conv({ name: "net.0", from: inputNc, to: ndf, kernel: 1, spectralNorm }),
      { kind: "leakyRelu" },
      conv({ name: "net.2", from: ndf, to: 2 * ndf, kernel: 1, bias, spectralNorm }),
      { kind: "norm", name: "net.3", norm, channels: 2 * ndf },
      { kind: "leakyRelu" },
      conv({ name: "net.5", from: 2 * ndf, to: 1, kernel: 1, bias, spectralNorm }),
    ];
  }
  const patch = { kernel: 4, padding: 1, spectralNorm } as const;
  const layers: Layer[] = [conv({ name: "model.0", from: inputNc, to: ndf, stride: 2, ...patch }), { kind: "leakyRelu" }];
  const nLayers = netD === "basic" ? 3 : nLayersD;
  const width = (layer: number): number => ndf * Math.min(2 ** layer, 8);
  for (let layer = 1; layer <= nLayers; layer++) {
    const index = 3 * layer - 1;
    const [from, to, stride] = [width(layer - 1), width(layer), layer < nLayers ? 2 : 1];
    layers.push(conv({ name: `model.${index}`, from, to, stride, bias, ...patch }));
    layers.push({ kind: "norm", name: `model.${index + 1}`, norm, channels: to }, { kind: "leakyRelu" });
  }
  layers.push(conv({ name: `model.${3 * nLayers + 2}`, from: width(nLayers), to: 1, ...patch }));
  return layers;
}

/** Names and shapes of the parameters of layers, in PyTorch's order of axes. */
export function parameterShapes(layers: readonly Layer[]): Map<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>();
  for (const layer of layers) {
    if (layer.kind === "residual") {
      for (const [name, shape] of parameterShapes(layer.layers)) shapes.set(name, shape);
    } else if (layer.kind === "norm" && layer.norm === "batch") {
      shapes.set(`${layer.name}.weight`, [layer.channels]).set(`${layer.name}.bias`, [layer.channels]);
    } else if (layer.kind === "conv" || layer.kind === "convTranspose") {
      const { name, from, to, kernel, bias, spectralNorm } = layer;
      const weight = spectralNorm ? "weight_orig" : "weight";
      shapes.set(`${name}.${weight}`, [...(layer.kind === "conv" ? [to, from] : [from, to]), kernel, kernel]);
      if (spectralNorm) shapes.set(`${name}.weight_u`, [to]).set(`${name}.weight_v`, [from * kernel * kernel]);
      if (bias) shapes.set(`${name}.bias`, [to]);
    }
  }
  return shapes;
}

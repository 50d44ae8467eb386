import { expect, test } from "vitest";
import { explainDifferences } from "../../../src/io/differences.js";
import { dcganDiscriminator, dcganGenerator } from "../../../src/models/networks/dcgan.js";
import { parameterShapes } from "../../../src/models/networks/layer.js";
import { discriminator } from "../../../src/models/networks/patch-gan.js";
import { recognise, type Recognition } from "../../../src/models/networks/recognise.js";
import { resnetGenerator } from "../../../src/models/networks/resnet.js";
import { unetGenerator } from "../../../src/models/networks/unet.js";

interface Shaped {
  readonly shape: readonly number[];
}

function recogniseShapes(shapes: ReadonlyMap<string, readonly number[]>, rename = (name: string): string => name): Recognition<Shaped> {
  return recognise<Shaped>(new Map([...shapes].map(([name, shape]) => [rename(name), { shape }])));
}

const whole = { missing: [], extra: [], reshaped: [] };
const norms = ["instance", "batch", "none"] as const;

test.each(norms.flatMap((norm) => [0, 1, 6, 9].flatMap((nBlocks) =>
  (["conv-transpose", "resize-conv", "bilinear-conv"] as const).flatMap((upsample) =>
    [false, true].map((antialias) => ({ inputNc: 1, outputNc: 3, ngf: 5, nBlocks, norm, upsample, antialias })),
  ),
)))(
  "a generator is recognised by its own names and shapes: %o",
  (sizes) => {
    const [found, ...more] = recogniseShapes(parameterShapes(resnetGenerator(sizes))).networks;
    expect(found).toMatchObject({ prefix: "", network: { kind: "generator", sizes, dropout: false }, ...whole });
    expect(more).toEqual([]);
  },
);

test.each(norms.flatMap((norm) => [false, true].flatMap((spectralNorm) => [
  { inputNc: 3, ndf: 4, netD: "basic", nLayersD: 3, norm, spectralNorm } as const,
  { inputNc: 1, ndf: 4, netD: "n_layers", nLayersD: 1, norm, spectralNorm } as const,
  { inputNc: 3, ndf: 4, netD: "n_layers", nLayersD: 5, norm, spectralNorm } as const,
  { inputNc: 3, ndf: 4, netD: "basic", nLayersD: 3, norm, spectralNorm, antialias: true } as const,
  { inputNc: 3, ndf: 4, netD: "n_layers", nLayersD: 1, norm, spectralNorm, antialias: true } as const,
  { inputNc: 3, ndf: 4, netD: "pixel", nLayersD: 3, norm, spectralNorm } as const,
])))("a discriminator is recognised by its own names and shapes: %o", (sizes) => {
  const [found] = recogniseShapes(parameterShapes(discriminator(sizes))).networks;
  expect(found).toMatchObject({ network: { kind: "discriminator", sizes }, ...whole });
});

const generator = parameterShapes(resnetGenerator({ inputNc: 3, outputNc: 3, ngf: 4, nBlocks: 2, norm: "instance", upsample: "conv-transpose" }));

test.each(norms.flatMap((norm) => [2, 5, 8].flatMap((numDowns) => ["", "module.", "netG."].map((prefix) => ({ prefix, norm, numDowns })))))(
  "a U-Net is recognised by its own names and shapes: %o",
  ({ prefix, ...options }) => {
    const sizes = { inputNc: 1, outputNc: 3, ngf: 5, trackRunningStats: options.norm === "batch", ...options };
    const shapes = parameterShapes(unetGenerator(sizes));
    const [found, ...more] = recogniseShapes(shapes, (name) => prefix + name).networks;
    expect(found).toMatchObject({ prefix, network: { kind: "generator", sizes }, byShapes: false, statistics: [], ...whole });
    expect([...(found?.tensors.keys() ?? [])]).toEqual([...shapes.keys()]);
    expect(more).toEqual([]);
  },
);

const dcgans = [8, 16, 64, 128].flatMap((imageSize) => [true, false].map((trackRunningStats) => ({ nc: 3, imageSize, trackRunningStats })));

test.each(dcgans)("DCGAN's networks are recognised by their own names and shapes, and by their shapes alone: %o", (sizes) => {
  const [ofG, ofD] = [{ ...sizes, nz: 7, ngf: 5 }, { ...sizes, ndf: 5 }];
  for (const [kind, wanted, architecture] of [
    ["dcgan generator", ofG, dcganGenerator(ofG)],
    // The least discriminator has no norms.
    ["dcgan discriminator", { ...ofD, trackRunningStats: sizes.trackRunningStats && sizes.imageSize > 8 }, dcganDiscriminator(ofD)],
  ] as const) {
    const shapes = parameterShapes(architecture);
    for (const prefix of ["", "module.", "netG."]) {
      const [found, ...more] = recogniseShapes(shapes, (name) => prefix + name).networks;
      expect(found).toMatchObject({ prefix, network: { kind, sizes: wanted }, byShapes: false, statistics: [], ...whole });
      expect(more).toEqual([]);
    }
    const [found] = recogniseShapes(shapes, (name) => name.replace("main.", "")).networks;
    expect(found).toMatchObject({ network: { kind, sizes: wanted }, byShapes: true, statistics: [], ...whole });
    expect([...(found?.tensors.keys() ?? [])]).toEqual([...shapes.keys()]);
  }
});

test("DCGAN's networks that lack one tensor are told only that", () => {
  const sizes = { nc: 3, imageSize: 32 };
  for (const shapes of [parameterShapes(dcganGenerator({ ...sizes, nz: 7, ngf: 5 })), parameterShapes(dcganDiscriminator({ ...sizes, ndf: 5 }))]) {
    for (const lost of [...shapes.keys()].filter((name) => shapes.get(name)?.length !== 4 && name !== "main.1.weight")) {
      const [found] = recogniseShapes(new Map([...shapes].filter(([name]) => name !== lost))).networks;
      // Files of old PyTorch have no counts.
      expect(found, lost).toMatchObject({ missing: lost.endsWith("tracked") ? [] : [lost], extra: [], reshaped: [] });
    }
  }
});

test("a U-Net that lacks one tensor is told only that", () => {
  const shapes = parameterShapes(unetGenerator({ inputNc: 3, outputNc: 3, ngf: 4, numDowns: 5, norm: "batch", trackRunningStats: true }));
  for (const lost of ["model.model.1.model.2.running_var", "model.model.1.model.3.model.3.model.5.weight", "model.model.3.bias"]) {
    const [found] = recogniseShapes(new Map([...shapes].filter(([name]) => name !== lost))).networks;
    expect(found, lost).toMatchObject({ missing: [lost], extra: [], reshaped: [] });
  }
});

test.each([true, false])("a U-Net and a discriminator with other names are recognised by their shapes, with running statistics: %s", (trackRunningStats) => {
  const unet = { inputNc: 3, outputNc: 1, ngf: 4, numDowns: 5, norm: "batch", trackRunningStats } as const;
  const judge = { inputNc: 6, ndf: 4, netD: "basic", nLayersD: 3, norm: "batch", spectralNorm: false, trackRunningStats } as const;
  const cases = [[parameterShapes(unetGenerator(unet)), unet], [parameterShapes(discriminator(judge)), judge]] as const;
  for (const [shapes, sizes] of cases) {
    // Places in one list.
    const places = [...new Set([...shapes.keys()].map((name) => name.replace(/\.\w+$/, "")))];
    const rename = (name: string): string => `${3 * places.indexOf(name.replace(/\.\w+$/, ""))}${/\.\w+$/.exec(name)?.[0] ?? ""}`;
    const [found] = recogniseShapes(shapes, rename).networks;
    expect(found).toMatchObject({ network: { sizes }, byShapes: true, statistics: [], ...whole });
    expect([...(found?.tensors.keys() ?? [])]).toEqual([...shapes.keys()]);
  }
});

test("running statistics of instance norms are unused, those of batch norms belong to the network, with dropout too", () => {
  const withStatistics = new Map([...generator, ["model.2.running_mean", [4]]] as const);
  expect(recogniseShapes(withStatistics).networks[0]).toMatchObject({ statistics: ["model.2.running_mean"], ...whole });
  const sizes = { inputNc: 3, outputNc: 3, ngf: 4, nBlocks: 2, norm: "batch", upsample: "conv-transpose", trackRunningStats: true } as const;
  const [found] = recogniseShapes(parameterShapes(resnetGenerator({ ...sizes, dropout: true }))).networks;
  expect(found).toMatchObject({ network: { kind: "generator", sizes, dropout: true }, statistics: [], ...whole });
  expect([...(found?.tensors.keys() ?? [])]).toEqual([...parameterShapes(resnetGenerator(sizes)).keys()]);
});

test("prefixes tell networks apart, and what is in none is listed", () => {
  const both = new Map([...generator].flatMap(([name, shape]) => [[`module.${name}`, shape], [`netG_A/${name}`, shape]] as const));
  const { networks, others } = recogniseShapes(new Map([...both, ["optimizer.state.0.exp_avg", [3]]]));
  expect(networks.map(({ prefix, network }) => [prefix, network.kind])).toEqual([["module.", "generator"], ["netG_A/", "generator"]]);
  expect(others).toEqual(["optimizer.state.0.exp_avg"]);
});

test.each(["model.", "my_model.", "netG.model."])("a generator in a module %s is not taken for a U-Net", (prefix) => {
  const { networks } = recogniseShapes(generator, (name) => prefix + name);
  expect(networks).toMatchObject([{ prefix, network: { kind: "generator" }, ...whole }]);
});

test.each(norms)("a generator and a discriminator with %s norm that lack one tensor are told only that", (norm) => {
  for (const shapes of [
    parameterShapes(resnetGenerator({ inputNc: 3, outputNc: 3, ngf: 4, nBlocks: 2, norm, upsample: "conv-transpose" })),
    parameterShapes(discriminator({ inputNc: 3, ndf: 4, netD: "basic", nLayersD: 3, norm, spectralNorm: false })),
  ]) {
    for (const lost of [...shapes.keys()].filter((name) => !/^model\.[01]\.weight$/.test(name))) {
      const rest = new Map([...shapes].filter(([name]) => name !== lost));
      const [found] = recogniseShapes(rest).networks;
      expect(found, lost).toMatchObject({ missing: [lost], extra: [], reshaped: [] });
    }
  }
});

test("differences are named", () => {
  const [found] = recogniseShapes(new Map([
    ...[...generator].filter(([name]) => name !== "model.7.bias"), ["model.4.weight", [8, 4, 5, 5]], ["model.99.weight", [1]],
  ])).networks;
  expect(found).toMatchObject({
    missing: ["model.7.bias"], extra: ["model.99.weight"], reshaped: ["model.4.weight is 8×4×5×5, not 8×4×3×3"],
  });
});

test("a network without channels is none", () => {
  const [found] = recogniseShapes(new Map([["model.1.weight", [0, 3, 7, 7]]])).networks;
  expect(found?.network).toMatchObject({ kind: "unknown", what: "a network with layers without channels" });
});

test("a name of a megabyte that looks like a layer's everywhere takes no time", () => {
  const name = `${"model.1.".repeat(2 ** 17)}\n`;
  const start = performance.now();
  expect(recogniseShapes(new Map([[name, [1]]])).networks).toHaveLength(1);
  expect(performance.now() - start).toBeLessThan(2000);
});

test.each([
  ["one layer", (index: number) => `model.1.part${index}`],
  ["one layer each", (index: number) => `main.${index}.weight`],
  ["one network each", (index: number) => `${index}.model.0.weight`],
  ["one FCN each", (index: number) => `${index}.score_fr.weight`],
])("many tensors of %s take no time", (_, name) => {
  const shapes = new Map(Array.from({ length: 50_000 }, (_value, index) => [name(index), [4, 4, 4, 4]] as const));
  const start = performance.now();
  expect(recogniseShapes(shapes).networks.length).toBeGreaterThan(0);
  expect(performance.now() - start).toBeLessThan(4000);
});

test("antialiased networks with other names are recognised by their shapes, with their filters", () => {
  const sizes = { inputNc: 3, outputNc: 3, ngf: 4, nBlocks: 2, norm: "instance", upsample: "bilinear-conv", antialias: true } as const;
  const judge = { inputNc: 3, ndf: 4, netD: "basic", nLayersD: 3, norm: "instance", spectralNorm: false, antialias: true } as const;
  for (const [shapes, expected] of [[parameterShapes(resnetGenerator(sizes)), sizes], [parameterShapes(discriminator(judge)), judge]] as const) {
    const [found] = recogniseShapes(shapes, (name) => name.replace(/^model\.(\d+)/, "layers.$1.it")).networks;
    expect(found).toMatchObject({ byShapes: true, network: { sizes: expected }, ...whole });
    expect([...(found?.tensors.keys() ?? [])]).toEqual([...shapes.keys()]);
  }
});

test("a blur of another size is not that of an antialiased network", () => {
  const sizes = { inputNc: 3, outputNc: 3, ngf: 4, nBlocks: 2, norm: "instance", upsample: "bilinear-conv", antialias: true } as const;
  const shapes = parameterShapes(resnetGenerator(sizes)).set("model.7.filt", [8, 1, 5, 5]);
  const [found] = recogniseShapes(shapes).networks;
  expect(found).toMatchObject({ network: { kind: "generator" }, missing: [], extra: [], reshaped: ["model.7.filt is 8×1×5×5, not 8×1×3×3"] });
});

test.each([
  ["zero padding in the blocks", [...generator.keys(), "model.10.conv_block.0.weight"], /zero padding/],
  ["another network", ["model.0.gamma"], /no network this product knows/],
])("%s is said to be unknown", (_, names, what) => {
  const [found] = recogniseShapes(new Map(names.map((name) => [name, generator.get(name) ?? [1]]))).networks;
  expect(found?.network).toMatchObject({ kind: "unknown", what: expect.stringMatching(what) });
});

const small = { inputNc: 3, outputNc: 3, ngf: 4, nBlocks: 2, upsample: "conv-transpose" } as const;
const judges = [
  { inputNc: 3, ndf: 4, netD: "basic", nLayersD: 3, spectralNorm: false },
  { inputNc: 3, ndf: 4, netD: "pixel", nLayersD: 3, spectralNorm: true },
] as const;
/** Names of files that others made, by the reference's. */
const renamings: readonly (readonly [string, (name: string) => string])[] = [
  ["no list", (name) => name.replace(/^(model|net)\./, "")],
  ["another list", (name) => name.replace(/^(model|net)/, "main")],
  ["a list in other modules", (name) => name.replace(/^(model|net)\./, "netG.module.layers.")],
  ["blocks of another name", (name) => name.replace("conv_block", "block")],
  ["blocks of no name", (name) => name.replace("conv_block.", "")],
  ["other places", (name) => name.replace(/\d+/g, (place) => String(3 * Number(place) + 1))],
];

test.each(renamings.flatMap(([what, rename]) => norms.map((norm) => [what, norm, rename] as const)))("%s, %s norm: networks are recognised by their shapes in order", (_, norm, rename) => {
  const wanted = parameterShapes(resnetGenerator({ ...small, norm }));
  const [found, ...more] = recogniseShapes(wanted, rename).networks;
  expect(found).toMatchObject({ network: { kind: "generator", sizes: { ...small, norm }, dropout: false }, ...whole });
  expect([...(found?.tensors.keys() ?? [])]).toEqual([...wanted.keys()]);
  expect(more).toEqual([]);
  for (const sizes of judges) {
    const [judge] = recogniseShapes(parameterShapes(discriminator({ ...sizes, norm })), rename).networks;
    expect(judge).toMatchObject({ network: { kind: "discriminator", sizes: { ...sizes, norm } }, ...whole });
  }
});

test("the first layer that is foreign is named, with what belongs there", () => {
  const rename = (name: string): string => name.replace("model.", "main.");
  const changed = new Map([...generator].map(([name, shape]) => [name, name === "model.10.conv_block.5.weight" ? [16, 16, 5, 5] : shape]));
  expect(recogniseShapes(changed, rename).networks[0]?.network).toMatchObject({
    kind: "unknown",
    what: expect.stringMatching(/^a network like a ResNet generator of 2 blocks.* but with 10\.conv_block\.5\.weight \(16×16×5×5\) where model\.10\.conv_block\.5\.weight \(16×16×3×3\) belongs$/) as unknown,
  });
  const longer = new Map([...generator, ["model.30.weight", [3]]] as const);
  expect(recogniseShapes(longer, rename).networks[0]?.network).toMatchObject({ what: expect.stringMatching(/30\.weight \(3\) after the last layer$/) as unknown });
  const shorter = new Map([...generator].slice(0, -1));
  expect(recogniseShapes(shorter, rename).networks[0]?.network).toMatchObject({ what: expect.stringMatching(/the end of the file where model\.19\.bias \(3\) belongs$/) as unknown });
});

const nameless = (name: string): string => name.replace(/^(model|net)\./, "");

test.each([
  ["antialiased sampling", new Map([...generator, ["model.4.filt", [8, 1, 3, 3]]]), nameless, /antialiased/],
  ["zero padding in the blocks", generator, (name: string) => nameless(name).replace("block.1.", "block.0."), /zero padding/],
] as const)("%s is said to be unknown in a list of another name too", (_, shapes, rename, what) => {
  const { networks, others } = recogniseShapes(shapes, rename);
  expect(networks).toMatchObject([{ network: { kind: "unknown", what: expect.stringMatching(what) as unknown } }]);
  expect(others).toEqual([]);
});

test("a network says whether its names are the reference's or only its shapes told what it is", () => {
  expect(recogniseShapes(generator).networks[0]?.byShapes).toBe(false);
  expect(recogniseShapes(generator, nameless).networks[0]?.byShapes).toBe(true);
});

test.each([["the reference's list", (name: string) => name], ["another list", nameless]])("spectral norm by PyTorch's parametrizations is read, in %s", (_, rename) => {
  const parametrized: Readonly<Record<string, string>> = { weight_orig: "original", weight_u: "0._u", weight_v: "0._v" };
  const newer = (name: string): string => {
    return rename(name.replace(/weight_(orig|u|v)$/, (old) => `parametrizations.weight.${parametrized[old] ?? ""}`));
  };
  const sizes = { inputNc: 3, ndf: 4, netD: "basic", nLayersD: 3, norm: "instance", spectralNorm: true } as const;
  const wanted = parameterShapes(discriminator(sizes));
  const [found] = recogniseShapes(wanted, newer).networks;
  expect(found).toMatchObject({ network: { kind: "discriminator", sizes }, ...whole });
  expect([...(found?.tensors.keys() ?? [])].toSorted()).toEqual([...wanted.keys()].toSorted());
});

test("a transposed convolution in the order of a plain one is named, with what to exchange", () => {
  const shapes = parameterShapes(resnetGenerator({ inputNc: 3, outputNc: 3, ngf: 2, nBlocks: 1, norm: "instance", upsample: "conv-transpose" }));
  const swap = (swapped: string): Map<string, { shape: readonly number[] }> =>
    new Map([...shapes].map(([name, shape]) => [name, { shape: name === swapped ? [shape[1] ?? 0, shape[0] ?? 0, ...shape.slice(2)] : shape }]));
  for (const name of ["model.11.weight", "model.14.weight"]) {
    const [found] = recognise(swap(name)).networks;
    expect(found?.network).toMatchObject({ kind: "generator", sizes: { upsample: "conv-transpose" } });
    expect(explainDifferences(found ?? { missing: [], extra: [], reshaped: [] })).toMatch(
      new RegExp(`^${name} is .*\\. Their first two axes are exchanged\\. PyTorch stores .* a transposed one as \\[in, out, …\\]\\.$`),
    );
  }
});

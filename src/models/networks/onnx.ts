/**
 * Writes a network as an ONNX model with free batch, height and width.
 *
 * Field numbers are those of onnx/onnx.proto; operators those of opset 17. Source: https://onnx.ai/onnx/operators/
 */
import { PbfWriter } from "pbf";
import { CheckpointError } from "../../errors.js";
import { placed, sizedConvs, type Architecture, type ConvLayer, type NormLayer, type PlacedLayer, type ResampleLayer } from "./layer.js";
import type { StoredTensor } from "../../io/safetensors.js";

const IR_VERSION = 8;
const OPSET = 17;
const FLOAT = 1;
const INT64 = 7;
/** PyTorch's eps of instance and batch norm. */
const EPSILON = 1e-5;

interface Initializer {
  readonly name: string;
  readonly type: typeof FLOAT | typeof INT64;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

interface Node {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly output: string;
  /** A text, a float, a whole number, or several. */
  readonly attributes: Readonly<Record<string, string | { readonly float: number } | number | readonly number[]>>;
}

/** The nodes in order and their weights, to which layers are added. */
class Graph {
  readonly nodes: Node[] = [];
  readonly initializers = new Map<string, Initializer>();
  readonly #weights: ReadonlyMap<string, StoredTensor>;

  constructor(weights: ReadonlyMap<string, StoredTensor>) {
    this.#weights = weights;
  }

  /** Adds a node and returns its output's name. */
  add(op: string, inputs: readonly string[], attributes: Node["attributes"] = {}, output = `${op}_${this.nodes.length}`): string {
    this.nodes.push({ op, inputs, output, attributes });
    return output;
  }

  weight(name: string): string {
    const tensor = this.#weights.get(name);
    if (tensor?.dtype !== "F32") throw new CheckpointError(`${name}: expected float32 weights, got ${tensor?.dtype ?? "none"}.`);
    this.initializers.set(name, { name, type: FLOAT, shape: tensor.shape, bytes: tensor.bytes });
    return name;
  }

  floats(name: string, values: readonly number[]): string {
    const bytes = new Uint8Array(4 * values.length);
    const view = new DataView(bytes.buffer);
    values.forEach((value, index) => view.setFloat32(4 * index, value, true));
    this.initializers.set(name, { name, type: FLOAT, shape: [values.length], bytes });
    return name;
  }

  integers(name: string, values: readonly number[]): string {
    const bytes = new Uint8Array(8 * values.length);
    const view = new DataView(bytes.buffer);
    values.forEach((value, index) => view.setBigInt64(8 * index, BigInt(value), true));
    this.initializers.set(name, { name, type: INT64, shape: [values.length], bytes });
    return name;
  }
}

function addConv(graph: Graph, x: string, name: string, layer: ConvLayer): string {
  const { kind, kernel, stride, padding, outputPadding, edges, bias, upsample } = layer;
  const reflected = edges === "reflect" && padding > 0;
  const enlarged = upsample ? addUpsampling(graph, x) : x;
  const input = reflected ? addReflection(graph, enlarged, padding) : enlarged;
  const zeros = reflected ? 0 : padding;
  const inputs = [input, graph.weight(`${name}.weight`), ...(bias ? [graph.weight(`${name}.bias`)] : [])];
  const attributes = { kernel_shape: [kernel, kernel], strides: [stride, stride], pads: [zeros, zeros, zeros, zeros] };
  if (kind === "conv") return graph.add("Conv", inputs, attributes);
  return graph.add("ConvTranspose", inputs, { ...attributes, output_padding: [outputPadding, outputPadding] });
}

function addReflection(graph: Graph, x: string, by: number): string {
  const pads = graph.integers(`pads_${by}`, [0, 0, by, by, 0, 0, by, by]);
  return graph.add("Pad", [x, pads], { mode: "reflect" });
}

/** Each pixel becomes four. */
function addUpsampling(graph: Graph, x: string): string {
  return addResize(graph, x, { mode: "nearest", coordinate_transformation_mode: "asymmetric", nearest_mode: "floor" });
}

/** Doubles the image. The second input, the region of interest, is left out. */
function addResize(graph: Graph, x: string, attributes: Readonly<Record<string, string>>): string {
  return graph.add("Resize", [x, "", graph.floats("doubling", [1, 1, 2, 2])], attributes);
}

function addResampling(graph: Graph, x: string, name: string, { kind, channels }: ResampleLayer): string {
  if (kind === "blurPool") {
    const attributes = { kernel_shape: [3, 3], strides: [2, 2], group: channels };
    return graph.add("Conv", [addReflection(graph, x, 1), graph.weight(`${name}.filt`)], attributes);
  }
  return addResize(graph, x, { mode: "linear", coordinate_transformation_mode: "half_pixel" });
}

/** Batch norm without running statistics uses those of each image here, as `translate` does. */
function addNorm(graph: Graph, x: string, name: string, { norm, channels, trackRunningStats = false }: NormLayer): string {
  if (norm === "none") return x;
  if (norm === "batch" && trackRunningStats) {
    const vectors = ["weight", "bias", "running_mean", "running_var"].map((vector) => graph.weight(`${name}.${vector}`));
    return graph.add("BatchNormalization", [x, ...vectors], { epsilon: { float: EPSILON } });
  }
  const affine = norm === "batch";
  const scale = affine ? graph.weight(`${name}.weight`) : graph.floats(`ones_${channels}`, Array.from({ length: channels }, () => 1));
  const shift = affine ? graph.weight(`${name}.bias`) : graph.floats(`zeros_${channels}`, Array.from({ length: channels }, () => 0));
  return graph.add("InstanceNormalization", [x, scale, shift], { epsilon: { float: EPSILON } });
}

function addLayers(graph: Graph, input: string, layers: readonly PlacedLayer[], output: string): string {
  let x = input;
  for (const { name, layer, inner } of layers) {
    if ("kernel" in layer) x = addConv(graph, x, name, layer);
    else if (layer.kind === "blurPool" || layer.kind === "upsampleBilinear") x = addResampling(graph, x, name, layer);
    else if (layer.kind === "residual") x = graph.add("Add", [x, addLayers(graph, x, inner, output)]);
    else if (layer.kind === "sum") x = graph.add("Add", [addLayers(graph, x, inner.slice(0, 1), output), addLayers(graph, x, inner.slice(1), output)]);
    else if (layer.kind === "maxPool") x = graph.add("MaxPool", [x], { kernel_shape: [layer.size, layer.size], strides: [layer.size, layer.size] });
    else if (layer.kind === "skip") x = graph.add("Concat", [x, addLayers(graph, x, inner, output)], { axis: 1 });
    else if (layer.kind === "dropout") continue;
    else if (layer.kind === "norm") x = addNorm(graph, x, name, layer);
    else if (layer.kind === "tanh") x = graph.add("Tanh", [x], {}, output);
    else if (layer.slope === 0) x = graph.add("Relu", [x]);
    else x = graph.add("LeakyRelu", [x], { alpha: { float: layer.slope } });
  }
  return x;
}

function writeInitializer({ name, type, shape, bytes }: Initializer, pbf: PbfWriter): void {
  for (const size of shape) pbf.writeVarintField(1, size);
  pbf.writeVarintField(2, type);
  pbf.writeStringField(8, name);
  pbf.writeBytesField(9, bytes);
}

type Attribute = readonly [string, Node["attributes"][string]];

function writeAttribute([name, value]: Attribute, pbf: PbfWriter): void {
  pbf.writeStringField(1, name);
  if (typeof value === "string") {
    pbf.writeStringField(4, value);
    pbf.writeVarintField(20, 3); // STRING
  } else if (typeof value === "number") {
    pbf.writeVarintField(3, value);
    pbf.writeVarintField(20, 2); // INT
  } else if ("float" in value) {
    pbf.writeFloatField(2, value.float);
    pbf.writeVarintField(20, 1); // FLOAT
  } else {
    for (const number of value) pbf.writeVarintField(8, number);
    pbf.writeVarintField(20, 7); // INTS
  }
}

function writeNode({ op, inputs, output, attributes }: Node, pbf: PbfWriter): void {
  for (const input of inputs) pbf.writeStringField(1, input);
  pbf.writeStringField(2, output);
  pbf.writeStringField(3, output);
  pbf.writeStringField(4, op);
  for (const attribute of Object.entries(attributes)) pbf.writeMessage(5, writeAttribute, attribute);
}

/** An input or an output of the model. */
interface Port {
  readonly name: string;
  /** Numbers, or names of axes whose size is free. */
  readonly axes: readonly (number | string)[];
}

function writePort({ name, axes }: Port, pbf: PbfWriter): void {
  pbf.writeStringField(1, name);
  pbf.writeMessage(2, (_, type) => type.writeMessage(1, writeTensorType, axes), axes);
}

function writeTensorType(axes: Port["axes"], pbf: PbfWriter): void {
  pbf.writeVarintField(1, FLOAT);
  pbf.writeMessage(2, writeShape, axes);
}

function writeShape(axes: Port["axes"], pbf: PbfWriter): void {
  for (const axis of axes) pbf.writeMessage(1, writeAxis, axis);
}

function writeAxis(axis: number | string, pbf: PbfWriter): void {
  if (typeof axis === "number") pbf.writeVarintField(1, axis);
  else pbf.writeStringField(2, axis);
}

interface ModelParts {
  readonly graph: Graph;
  readonly input: Port;
  readonly output: Port;
}

function writeGraph({ graph, input, output }: ModelParts, pbf: PbfWriter): void {
  for (const node of graph.nodes) pbf.writeMessage(1, writeNode, node);
  pbf.writeStringField(2, "generator");
  for (const initializer of graph.initializers.values()) pbf.writeMessage(5, writeInitializer, initializer);
  pbf.writeMessage(11, writePort, input);
  pbf.writeMessage(12, writePort, output);
}

/** The name of a network's input or output in ONNX, and its height and width if they are not free. */
interface Side {
  readonly name: string;
  readonly size?: number;
}

export interface OnnxSides {
  /** Default `image`. */
  readonly input?: Side;
  /** Default `translation`. */
  readonly output?: Side;
}

/**
 * The bytes of an ONNX file: `image` [n, c, h, w] → `translation`, with the channels of the first and last convolution and a
 * tanh at the end; without one, as in an FCN, → `scores`.
 *
 * `weights` are float32 with the names of `parameterShapes`. Throws a CheckpointError if one is missing.
 */
export function writeOnnx(architecture: Architecture, weights: ReadonlyMap<string, StoredTensor>, sides: OnnxSides = {}): Uint8Array {
  const { input = { name: "image" }, output = { name: "translation" } } = sides;
  const graph = new Graph(weights);
  const last = addLayers(graph, input.name, placed(architecture), output.name);
  const result = last === output.name ? output : { name: graph.add("Identity", [last], {}, "scores") };
  const convs = sizedConvs(architecture.layers, 1, 1).map(({ layer }) => layer);
  const port = ({ name, size }: Side, channels = 0): Port => ({ name, axes: ["batch", channels, size ?? "height", size ?? "width"] });
  const parts = { graph, input: port(input, convs[0]?.from), output: port(result, convs.at(-1)?.to) };
  const pbf = new PbfWriter();
  pbf.writeVarintField(1, IR_VERSION);
  pbf.writeStringField(2, "cyclegan-webgpu");
  pbf.writeMessage(7, writeGraph, parts);
  pbf.writeMessage(8, (version, opset) => opset.writeVarintField(2, version), OPSET);
  return pbf.finish();
}

import { statSync } from "node:fs";
import { Command } from "commander";
import { UsageError } from "../errors.js";
import { formatBytes } from "../format.js";
import { modelPath } from "../run/shipped.js";
import type { Inspection, NetworkSummary, TensorSummary } from "../weights/inspect.js";
import { printableLines } from "./terminal/printable.js";

const examples = `
Examples:
  cyclegan inspect latest_net_G_A.pth
  cyclegan inspect runs/zebra                                            the networks of a run
  cyclegan inspect emoji                                                 the generators of that name in this package
  cyclegan inspect runs/zebra/checkpoints/latest_net_G_A.safetensors --json

Reads PyTorch's .pth files, zip and legacy, and .safetensors files, of any float type. Nothing in them is run.
The exit code is 1 if the file cannot be read. Oddities are not errors.`;

/** `cyclegan inspect`. */
export function inspectCommand(): Command {
  const command = new Command("inspect")
    .description("show the networks and tensors in a file of weights, and anything odd about them")
    .argument("<weights>", "a .pth or .safetensors file, the folder of a run, or a checkpoints folder of the reference")
    .option("--epoch <epoch>", "which weights of a folder: latest, best, or the number of an epoch (default: latest)")
    .option("--json", "print everything as one JSON object; of a folder, as a list", false)
    .addHelpText("after", examples);
  return command.action(async (weights: string, { json, epoch }: Values) => {
    const path = modelPath(weights);
    const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
    if (epoch !== undefined && !isFolder) throw new UsageError("--epoch only works with a folder of weights.");
    const lines = isFolder ? await inspectFolder(path, epoch, json) : await inspectFile(path, json);
    process.stdout.write(`${printableLines(lines)}\n`);
  });
}

interface Values {
  readonly json: boolean;
  readonly epoch?: string;
}

async function inspectFile(path: string, json: boolean): Promise<readonly string[]> {
  const { inspectWeights } = await import("../weights/inspect.js");
  const inspection = await inspectWeights(path);
  return json ? JSON.stringify(inspection, undefined, 2).split("\n") : formatInspection(inspection);
}

/** The networks of a folder, a line each: the layers and tensors of all of them would be hundreds. */
async function inspectFolder(folder: string, epoch = "latest", json: boolean): Promise<readonly string[]> {
  const [{ inspectWeights }, { networkFiles }] = await Promise.all([import("../weights/inspect.js"), import("../run/network-files.js")]);
  const inspections: Inspection[] = [];
  for (const path of Object.values(networkFiles(folder, epoch))) inspections.push(await inspectWeights(path ?? ""));
  if (json) return JSON.stringify(inspections, undefined, 2).split("\n");
  const lines = inspections.map((inspection) => {
    const odd = inspection.oddities.length;
    return `${inspection.path}: ${summaryOf(inspection).join("; ")}${odd === 0 ? "" : `; ${odd} ${odd === 1 ? "oddity" : "oddities"}`}`;
  });
  return [...lines, "", `Layers, tensors and oddities: cyclegan inspect ${inspections[0]?.path ?? "<file>"}`];
}

/** A line for each network of a file. */
function summaryOf({ networks }: Inspection): readonly string[] {
  if (networks.length === 0) return ["no network this product knows"];
  return networks.map(({ prefix, description, parameters }) => {
    const place = prefix === "" ? "" : `${prefix}: `;
    return `${place}${description}; ${parameters.toLocaleString("en")} parameters`;
  });
}

/** More rows than any CycleGAN has. */
const ROW_LIMIT = 500;

function formatInspection(inspection: Inspection): string[] {
  const { path, format, bytes, networks, tensors, oddities } = inspection;
  const layers = networks.flatMap((network) => (network.layers.length > 0 ? [""].concat(formatLayers(network)) : []));
  const more = tensors.length > ROW_LIMIT ? [`and ${tensors.length - ROW_LIMIT} more`] : [];
  return [
    `${path}: ${format}, ${formatBytes(bytes)}, ${tensors.length} tensors`,
    ...summaryOf(inspection),
    ...layers.slice(0, ROW_LIMIT),
    "",
    ...formatTensors(tensors.slice(0, ROW_LIMIT)),
    ...more,
    "",
    ...(oddities.length > 0 ? oddities.map((oddity) => `Note: ${oddity}`) : ["Nothing odd."]),
  ];
}

function formatLayers({ prefix, byShapes, side, layers }: NetworkSummary): string[] {
  const rows = layers.slice(0, ROW_LIMIT).map(({ name, what, output, parameters }) => [
    byShapes ? name : prefix + name, output?.join("×") ?? "–", parameters.toLocaleString("en"), what,
  ]);
  return formatTable([["layer", `output of ${side}×${side}`, "parameters", "computes"], ...rows]);
}

function formatTensors(tensors: readonly TensorSummary[]): string[] {
  const figure = (value: number | undefined): string => (value === undefined ? "–" : value.toPrecision(4));
  const rows = tensors.map(({ name, dtype, shape, l2, least, most }) => [
    name, dtype, shape.join("×") || "scalar", figure(l2), figure(least), figure(most),
  ]);
  return formatTable([["tensor", "type", "shape", "L2 norm", "least", "most"], ...rows]);
}

function formatTable(table: readonly (readonly string[])[]): string[] {
  const widths = table[0]?.map((_, column) => table.reduce((most, row) => Math.max(most, row[column]?.length ?? 0), 0)) ?? [];
  return table.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ").trimEnd());
}

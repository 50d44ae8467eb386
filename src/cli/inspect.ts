import { Command } from "commander";
import { formatBytes } from "../format.js";
import type { Inspection, NetworkSummary, TensorSummary } from "../weights/inspect.js";
import { printableLines } from "./terminal/printable.js";

const examples = `
Examples:
  cyclegan inspect latest_net_G_A.pth
  cyclegan inspect runs/zebra/checkpoints/latest_net_G_A.safetensors --json

Reads PyTorch's .pth files, zip and legacy, and .safetensors files, of any float type. Nothing in them is run.
The exit code is 1 if the file cannot be read. Oddities are not errors.`;

/** `cyclegan inspect`. */
export function inspectCommand(): Command {
  const command = new Command("inspect")
    .description("show the networks and tensors in a file of weights, and anything odd about them")
    .argument("<file>", "a .pth or .safetensors file")
    .option("--json", "print everything as one JSON object", false)
    .addHelpText("after", examples);
  return command.action(async (file: string, { json }: { readonly json: boolean }) => {
    const { inspectWeights } = await import("../weights/inspect.js");
    const inspection = await inspectWeights(file);
    const lines = json ? JSON.stringify(inspection, undefined, 2).split("\n") : formatInspection(inspection);
    process.stdout.write(`${printableLines(lines)}\n`);
  });
}

/** More rows than any CycleGAN has. */
const ROW_LIMIT = 500;

function formatInspection({ path, format, bytes, side, networks, tensors, oddities }: Inspection): string[] {
  const parts = networks.map(({ prefix, description, parameters }) => {
    const place = prefix === "" ? "" : `${prefix}: `;
    return `${place}${description}; ${parameters.toLocaleString("en")} parameters`;
  });
  const layers = networks.flatMap((network) => (network.layers.length > 0 ? ["", ...formatLayers(network, side)] : []));
  const more = tensors.length > ROW_LIMIT ? [`and ${tensors.length - ROW_LIMIT} more`] : [];
  return [
    `${path}: ${format}, ${formatBytes(bytes)}, ${tensors.length} tensors`,
    ...(parts.length > 0 ? parts : ["no network this product knows"]),
    ...layers.slice(0, ROW_LIMIT),
    "",
    ...formatTensors(tensors.slice(0, ROW_LIMIT)),
    ...more,
    "",
    ...(oddities.length > 0 ? oddities.map((oddity) => `Note: ${oddity}`) : ["Nothing odd."]),
  ];
}

function formatLayers({ prefix, byShapes, layers }: NetworkSummary, side: number): string[] {
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

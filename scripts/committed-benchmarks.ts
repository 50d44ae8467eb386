/** The committed results of devices, for the studio's page Bench. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { residualCases, steps } from "../src/bench/sizes.js";
import { stepGigaflops, stepName } from "../src/bench/step.js";
import { CheckpointError } from "../src/errors.js";
import { isJsonObject, parseJsonObject, type JsonObject } from "../src/io/parse-json.js";
import { messageOf } from "../src/studio/message.js";
import type { Benchmarks, DeviceResult, KernelFigures, StepFigures } from "../src/studio/bench/benchmarks.js";

/** The objects in a list whose names are among these. */
function named(list: unknown, names: readonly string[]): JsonObject[] {
  return Array.isArray(list) ? list.filter(isJsonObject).filter(({ name }) => names.includes(String(name))) : [];
}

/** A figure. Throws a TypeError if it is absent, so that a file of another form does not become wrong figures. */
function figure(from: JsonObject, name: string): number {
  const value = from[name];
  if (typeof value !== "number") throw new TypeError(`expected a number as ${name}, got ${String(value)}.`);
  // As `cyclegan bench` writes them.
  return Number.isInteger(value) ? value : Number(value.toPrecision(4));
}

function kernelFigures(kernel: JsonObject): KernelFigures {
  return {
    name: String(kernel["name"]),
    milliseconds: figure(kernel, "milliseconds"),
    gigaflops: figure(kernel, "gigaflops"),
    gigabytes: figure(kernel, "gigabytes"),
    limit: kernel["limit"] === "copy" ? "copy" : "multiply-add",
    share: figure(kernel, "share"),
  };
}

function stepFigures(step: JsonObject): StepFigures {
  return {
    name: String(step["name"]),
    milliseconds: figure(step, "milliseconds"),
    gigaflops: figure(step, "gigaflops"),
  };
}

/** The results in a file of `cyclegan bench`, of the page Bench, of `npm run bench`, or of the archive for a GPU; undefined for others. */
function resultIn(file: JsonObject, { kernels, steps: stepNames }: Pick<Benchmarks, "kernels" | "steps">): DeviceResult | undefined {
  const report = isJsonObject(file["bench"]) ? file["bench"] : file;
  const { adapter, limits } = report;
  if (!isJsonObject(adapter) || !isJsonObject(limits)) return undefined;
  const processor = report["processor"] ?? report["browser"];
  return {
    adapter: { name: String(adapter["name"]), driver: String(adapter["driver"]), isCpu: adapter["isCpu"] === true },
    machine: `${String(processor)}, ${String(report["cores"])} cores`,
    date: String(file["date"]).slice(0, 10),
    limits: { arithmetic: figure(limits, "arithmetic"), copy: figure(limits, "copy") },
    kernels: named(report["kernels"], kernels).map(kernelFigures),
    steps: named(report["steps"], stepNames).map(stepFigures),
  };
}

/** All results in a folder of JSON files, the fastest device first. Without other engines, which scripts/build-peers.ts adds. */
export function committedBenchmarks(folder: string): Benchmarks {
  const configs = [...steps(true, false), ...steps(false, false)].sort((a, b) => stepGigaflops(a) - stepGigaflops(b));
  const names = { kernels: residualCases(false).map(({ name }) => name), steps: [...new Set(configs.map(stepName))] };
  const devices = readdirSync(folder).filter((name) => name.endsWith(".json")).flatMap((name) => {
    const path = join(folder, name);
    const file = parseJsonObject(readFileSync(path, "utf8"), path);
    try {
      return resultIn(file, names) ?? [];
    } catch (cause) {
      throw new CheckpointError(`${path}: ${messageOf(cause)}`, { cause });
    }
  });
  const speed = ({ limits }: DeviceResult): number => limits?.arithmetic ?? 0;
  return { ...names, devices: devices.sort((a, b) => speed(b) - speed(a)), peers: [] };
}

/** `cyclegan doctor`. */
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { Command } from "commander";
import { isSoftware, type AdapterEnvironment, type AdapterName } from "../driver/adapters.js";
import { cacheFolder } from "../driver/cache.js";
import { listAdapters, openAdapter, providedAdapter } from "../driver/dawn.js";
import { measureArithmetic, measureCopy } from "../driver/measure.js";
import { environmentOf } from "../driver/numbered-adapter.js";
import { withAdapter } from "../driver/reexec.js";
import { forgetDecision } from "../driver/decision.js";
import { env } from "../env.js";
import { DeviceError } from "../errors.js";
import { Gpu } from "../gpu/gpu.js";

const MIB = 2 ** 20;

function print(label: string, value: string): void {
  console.log(`  ${label.padEnd(20)} ${value}`);
}

function printLimits(limits: GPUSupportedLimits): void {
  const mebibytes = (bytes: number): string => `${Math.floor(bytes / MIB)} MiB`;
  print("buffer", `at most ${mebibytes(limits.maxBufferSize)}`);
  print("storage binding", `at most ${mebibytes(limits.maxStorageBufferBindingSize)}`);
  print("storage buffers", `${limits.maxStorageBuffersPerShaderStage} a kernel`);
  print("workgroup memory", `${limits.maxComputeWorkgroupStorageSize / 1024} KiB`);
  print("workgroup", `${limits.maxComputeInvocationsPerWorkgroup} threads`);
}

/** The environment that opens exactly this adapter. If there is none, prints why and returns undefined. */
async function wayTo(adapter: AdapterName, adapters: readonly AdapterName[]): Promise<AdapterEnvironment | undefined> {
  try {
    return await environmentOf(adapter, adapters, {});
  } catch (error) {
    if (!(error instanceof DeviceError)) throw error;
    print("cannot be chosen", error.message);
    return undefined;
  }
}

async function printAdapter(listed: AdapterName, adapters: readonly AdapterName[]): Promise<void> {
  // Without a number, only the driver of the chosen adapter is loaded.
  const numbered = providedAdapter()?.number !== undefined;
  console.log(numbered ? `${listed.number}  ${listed.name}` : listed.name);
  print("type", isSoftware(listed) ? "software, on the CPU: slow" : "hardware");
  print("backend", listed.backend);
  const environment = await wayTo(listed, adapters);
  if (!environment) return;
  const own = Object.entries(environment.variables).map(([name, value]) => `${name}=${value}`);
  if (own[0] !== undefined) print("told apart by", own[0]);
  const { adapter, instance } = await openAdapter(environment);
  const { info, features, limits } = adapter;
  print("vendor", [info.vendor, info.architecture].filter(Boolean).join(", "));
  print("driver", info.description);
  printLimits(limits);
  print("subgroups", features.has("subgroups") ? `${info.subgroupMinSize} to ${info.subgroupMaxSize} lanes` : "none");
  print("features", ["shader-f16", "timestamp-query"].filter((feature) => features.has(feature)).join(", ") || "none");
  using gpu = await Gpu.create(adapter, { keepAlive: instance });
  print("multiply-add", `${(await measureArithmetic(gpu)).toFixed(1)} GFLOP/s`);
  print("copy", `${(await measureCopy(gpu)).toFixed(1)} GB/s`);
}

async function printCache(): Promise<void> {
  console.log(`cache ${cacheFolder()}`);
  const drivers = join(cacheFolder(), "drivers");
  for (const driver of existsSync(drivers) ? await readdir(drivers) : []) {
    const packages = await readFile(join(drivers, driver, "packages.txt"), "utf8").catch(() => "(unfinished)");
    print(driver, packages.trim().split("\n").join(", "));
  }
}

async function diagnose(adapter: string | undefined): Promise<void> {
  // What was found before may not work any more.
  if (env.provided === undefined) await forgetDecision();
  await withAdapter(adapter);
  const adapters = await listAdapters();
  for (const listed of adapters) await printAdapter(listed, adapters);
  await printCache();
}

/** Shows what this machine offers. If there is no adapter, fails with the command that installs one. */
export function doctorCommand(): Command {
  return new Command("doctor")
    .description("show the adapters of this machine and their numbers: driver, limits, features, measured speed")
    .option("--adapter <which>", "auto, hardware, software, a number, or a part of a name (default: auto)")
    .action((options: { adapter?: string }) => diagnose(options.adapter));
}

import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { parseAdapterList, UNKNOWN_ADAPTER, type AdapterName } from "./adapters.js";
import { runCommand } from "./run-command.js";

/** What a fresh process sees. */
export interface Probe {
  readonly adapters: readonly AdapterName[];
  /** What it printed: the reason when there is no adapter. */
  readonly report: string;
}

/** Opens every listed adapter, as Dawn lists some that it then refuses, and prints those that open. */
const PROGRAM = `
const { create } = await import(process.argv[1]);
try {
  await create([process.argv[2]]).requestAdapter();
} catch (error) {
  for (const line of error.message.split("\\n")) {
    const [, backend, name] = /^ \\* backend: '(.*?)', name: '(.*)'$/.exec(line) ?? [];
    if (!name || backend === "null") continue;
    const gpu = create(["backend=" + backend, "adapter=" + name]);
    if (await gpu.requestAdapter()) console.log(line);
  }
}
process.exit();`;

/**
 * The usable adapters that Dawn sees with these environment variables added to the present ones, found in a child
 * process, as the loader reads LD_LIBRARY_PATH at a process's start only and a broken driver may crash it.
 */
export async function probeAdapters(variables: Readonly<Record<string, string>>): Promise<Probe> {
  const dawn = pathToFileURL(createRequire(import.meta.url).resolve("webgpu")).href;
  const args = ["--input-type=module", "--eval", PROGRAM, dawn, UNKNOWN_ADAPTER];
  const { status, output, errors } = await runCommand(process.execPath, args, { variables });
  const ending = status === 0 ? "" : `the probe ended with status ${status}`;
  return { adapters: parseAdapterList(output), report: [errors.trim(), ending].filter(Boolean).join("\n") };
}

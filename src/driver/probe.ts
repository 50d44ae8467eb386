/** Which adapters a fresh process sees. */
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { parseAdapterList, UNKNOWN_ADAPTER, type AdapterName } from "./adapters.js";
import { runCommand } from "./run-command.js";

/** The outcome of a probe. */
export interface Probe {
  readonly adapters: readonly AdapterName[];
  /** What the process printed: the reason if there is no adapter. */
  readonly report: string;
}

/** Opens every listed adapter, because Dawn lists some that it then refuses, and prints those that open. */
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
 * The usable adapters that Dawn sees with these variables added to the present environment. They are found in a child
 * process, because the loader reads LD_LIBRARY_PATH only when a process starts, and a broken driver may crash it.
 */
export async function probeAdapters(variables: Readonly<Record<string, string>>): Promise<Probe> {
  const dawn = pathToFileURL(createRequire(import.meta.url).resolve("webgpu")).href;
  const args = ["--input-type=module", "--eval", PROGRAM, dawn, UNKNOWN_ADAPTER];
  const { status, output, errors } = await runCommand(process.execPath, args, { variables });
  const ending = status === 0 ? "" : `the probe ended with status ${status}`;
  return { adapters: parseAdapterList(output), report: [errors.trim(), ending].filter(Boolean).join("\n") };
}

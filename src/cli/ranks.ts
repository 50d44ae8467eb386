/** `cyclegan train` in several processes: as one of them, and as the start of all on this machine. */
import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { freePort } from "../distributed/free-port.js";
import type { Launch } from "../distributed/launch.js";
import type { Ranks } from "../distributed/process-group.js";
import { isSoftware, type AdapterName } from "../driver/adapters.js";
import { exitStatus } from "../driver/exit-status.js";
import { env } from "../env.js";
import type { Settings } from "../models/model.js";
import { interruptible } from "./terminal/interrupt.js";
import { printable } from "./terminal/printable.js";

/** Milliseconds after the failure of a process until the others are asked to end. */
const GRACE = 2000;

/** The adapter for a process: those that share a machine with several hardware adapters take them in turn, unless the choice names one. */
async function adapterOfRank(choice: string, { localRank }: Launch): Promise<string> {
  if (!isOpen(choice) || env.provided !== undefined) return choice;
  const { probeAdapters } = await import("../driver/probe.js");
  const { adapters } = await probeAdapters({});
  return turnOf(adapters.filter((adapter) => !isSoftware(adapter)), localRank) ?? choice;
}

/** Whether a choice leaves open which of several hardware adapters it is. */
export function isOpen(choice: string): boolean {
  return choice === "hardware" || (choice === "auto" && (env.adapter === undefined || env.adapter === "hardware"));
}

/** The number of the adapter whose turn it is; undefined if there is no choice. */
export function turnOf(hardware: readonly AdapterName[], localRank: number): string | undefined {
  const number = hardware.length > 1 ? hardware[localRank % hardware.length]?.number : undefined;
  return number === undefined ? undefined : String(number);
}

/** Joins the other ranks. */
export async function joinGroup(launch: Launch, onMessage: (text: string) => void): Promise<Ranks> {
  const { joinRanks } = await import("../distributed/rendezvous.js");
  return joinRanks(launch, { onMessage });
}

/** Runs a rank other than 0 to the end of the training. Ctrl-C and SIGTERM ask rank 0 to save and to end all. */
export async function runRank(launch: Launch, own: Settings): Promise<void> {
  const onMessage = (text: string): void => void process.stderr.write(`rank ${launch.rank}: ${printable(text)}\n`);
  const { withAdapter } = await import("../driver/reexec.js");
  const { adapter: chosen = "auto" } = own;
  const adapter = typeof chosen === "string" ? await adapterOfRank(chosen, launch) : "auto";
  await withAdapter(adapter);
  const { followRanks } = await import("../training/follow.js");
  const group = await joinGroup(launch, () => {});
  try {
    const { exitCode } = await interruptible(
      (signal) => {
        signal.addEventListener("abort", () => group.send(0, "interrupt"));
        return followRanks(group, { ...own, adapter }, onMessage);
      },
      () => {},
    );
    process.exitCode = exitCode;
  } finally {
    await group.leave();
  }
}

/** Starts `count` processes with the same command line on this machine, and returns the exit code of the first that failed, or 0. */
export async function runProcesses(count: number): Promise<number> {
  const variables = {
    WORLD_SIZE: String(count),
    MASTER_ADDR: "127.0.0.1",
    MASTER_PORT: String(await freePort()),
    CYCLEGAN_SECRET: randomBytes(16).toString("hex"),
    CYCLEGAN_STARTED_BY: String(process.pid),
    // A torchrun of a single process does not listen at this port.
    TORCHELASTIC_USE_AGENT_STORE: "",
  };
  const children = Array.from({ length: count }, (_, rank) => {
    const args = [...process.execArgv, ...process.argv.slice(1)];
    // Only rank 0 has results to print.
    return spawn(process.execPath, args, { stdio: ["inherit", rank === 0 ? "inherit" : "ignore", "inherit"], env: { ...process.env, ...variables, RANK: String(rank), LOCAL_RANK: String(rank) } });
  });
  for (const signal of ["SIGTERM", "SIGHUP", "SIGINT"] as const) {
    // Ctrl-C in a terminal reaches all processes. A second request would end them at once; within half a second it counts as one.
    process.on(signal, () => children[0]?.kill(signal));
  }
  const codes = await Promise.all(children.map(async (child) => {
    const code = await exitOf(child);
    // The others notice by themselves if they have met. If not, they would wait for it.
    if (code !== 0) setTimeout(() => children.forEach((other) => other.kill("SIGTERM")), GRACE).unref();
    return code;
  }));
  return codes.find((code) => code !== 0) ?? 0;
}

/** The exit code of a process, as in shells. */
function exitOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    child.on("error", () => resolve(1));
    child.on("close", (code, signal) => resolve(exitStatus(code, signal)));
  });
}

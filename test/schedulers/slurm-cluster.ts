/** A Slurm cluster of one node on this machine. Everything that it writes is in one folder. */
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chmodSync, closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { findProgram } from "../support/program.js";

/** Why no cluster can be started here; undefined if one can. */
export function whyNoCluster(): string | undefined {
  const missing = ["munged", "slurmctld", "slurmd", "sbatch"].filter((name) => findProgram(name) === undefined);
  if (missing.length > 0) return `no ${missing.join(", ")} in PATH (Debian's packages munge, slurmctld, slurmd, slurm-client)`;
  return process.getuid?.() === 0 ? undefined : "Slurm's daemons need root";
}

/** Slurm knows machines by the first part of their names. */
const [machine = ""] = hostname().split(".");

/** The node has more cores and memory than this machine, as the scripts ask for. Its two GPUs are devices that every system has. */
function configuration(folder: string, controllerPort: number, nodePort: number): Readonly<Record<string, string>> {
  const settings = [
    "ClusterName=test",
    `SlurmctldHost=${machine}(127.0.0.1)`,
    `SlurmctldPort=${controllerPort}`,
    `SlurmdPort=${nodePort}`,
    "SlurmUser=root",
    "AuthType=auth/munge",
    "CredType=cred/munge",
    // A job that is queued again waits until its credential has expired. No shorter time is allowed.
    `AuthInfo=socket=${folder}/munge.socket,cred_expire=5`,
    `StateSaveLocation=${folder}/state`,
    `SlurmdSpoolDir=${folder}/spool`,
    `SlurmctldPidFile=${folder}/slurmctld.pid`,
    `SlurmdPidFile=${folder}/slurmd.pid`,
    // Nothing here needs control groups, which containers may not have.
    "ProctrackType=proctrack/linuxproc",
    "TaskPlugin=task/none",
    "JobAcctGatherType=jobacct_gather/none",
    "SelectType=select/cons_tres",
    "SelectTypeParameters=CR_Core_Memory",
    "SchedulerParameters=sched_interval=1,bf_interval=1,batch_sched_delay=0",
    "SlurmdParameters=config_overrides",
    "GresTypes=gpu",
    `NodeName=${machine} NodeAddr=127.0.0.1 CPUs=16 RealMemory=65536 Gres=gpu:2`,
    "PartitionName=main Nodes=ALL Default=YES State=UP",
  ];
  return { "slurm.conf": settings.join("\n"), "gres.conf": "Name=gpu File=/dev/null\nName=gpu File=/dev/zero\n" };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** What Slurm says of a task of a job. */
export interface JobTask {
  /** `COMPLETED`, `FAILED`, … */
  readonly state: string;
  /** The status with which the script ended, and the signal. */
  readonly exitCode: string;
  /** How often it was queued again. */
  readonly restarts: number;
}

export class SlurmCluster {
  private readonly daemons: ChildProcess[] = [];
  private readonly env: NodeJS.ProcessEnv;
  private readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
    this.env = { ...process.env, SLURM_CONF: join(folder, "slurm.conf"), DEBUG: "" };
  }

  /** Starts a cluster in an empty folder. Resolves once its node takes jobs. */
  static async start(folder: string): Promise<SlurmCluster> {
    const cluster = new SlurmCluster(folder);
    // All users must be able to reach munged's socket.
    chmodSync(folder, 0o755);
    for (const name of ["state", "spool"]) mkdirSync(join(folder, name));
    const files = configuration(folder, await freePort(), await freePort());
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    writeFileSync(join(folder, "munge.key"), randomBytes(128), { mode: 0o600 });
    try {
      const places = ["key-file", "socket", "pid-file", "log-file", "seed-file"].map((kind) => `--${kind}=${folder}/munge.${kind.replace("-file", "")}`);
      cluster.daemon("munged", ["--foreground", "--force", ...places]);
      await cluster.until("munged answers", () => cluster.run(folder, "munge", "--no-input", `--socket=${folder}/munge.socket`).then(() => true));
      cluster.daemon("slurmctld", ["-D"]);
      cluster.daemon("slurmd", ["-D"]);
      await cluster.until("the node is idle", async () => (await cluster.run(folder, "sinfo", "--noheader", "--format=%t")) === "idle\n");
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return cluster;
  }

  /** Runs one of Slurm's commands, and returns what it prints. */
  async run(folder: string, command: string, ...args: readonly string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(command, args, { cwd: folder, env: this.env });
    return stdout;
  }

  /** Submits a script from a folder, as a user does, and returns the number of the job. */
  async submit(folder: string, ...args: readonly string[]): Promise<string> {
    return (await this.run(folder, "sbatch", "--parsable", ...args)).trim();
  }

  /** Waits until a job has ended, and returns its tasks in order. */
  async ended(job: string, seconds = 90): Promise<readonly JobTask[]> {
    await this.until(`job ${job} has ended`, async () => (await this.run(this.folder, "squeue", "--noheader", `--jobs=${job}`)) === "", seconds);
    const lines = (await this.run(this.folder, "scontrol", "show", "job", job, "--oneliner")).trim().split("\n");
    const fields = lines.map((line) => (name: string) => new RegExp(`\\b${name}=(\\S*)`).exec(line)?.[1] ?? "");
    fields.sort((one, other) => Number(one("ArrayTaskId")) - Number(other("ArrayTaskId")));
    return fields.map((of) => ({ state: of("JobState"), exitCode: of("ExitCode"), restarts: Number(of("Restarts")) }));
  }

  /** Resolves once a condition holds. Rejects, with the logs of the daemons, if it does not in time. */
  async until(what: string, holds: () => Promise<boolean> | boolean, seconds = 60): Promise<void> {
    const end = performance.now() + 1000 * seconds;
    let reason = "";
    while (performance.now() < end) {
      try {
        if (await holds()) return;
      } catch (error) {
        reason = String(error);
      }
      await sleep(100);
    }
    const logs = ["munged", "slurmctld", "slurmd"].map((name) => `${name}: ${this.logOf(name)}`);
    throw new Error([`Waited for ${seconds} seconds: ${what}.`, reason, ...logs].join("\n"));
  }

  /** Ends the jobs that a failed test has left, and all daemons. */
  async stop(): Promise<void> {
    try {
      await this.run(this.folder, "scancel", "--user=root");
      await this.until("no job is left", async () => (await this.run(this.folder, "squeue", "--noheader")) === "");
    } catch (error) {
      console.error(error);
    }
    for (const daemon of this.daemons.reverse()) {
      if (daemon.exitCode !== null || daemon.signalCode !== null) continue;
      const exit = once(daemon, "exit");
      daemon.kill();
      await exit;
    }
  }

  private logOf(name: string): string {
    try {
      return readFileSync(join(this.folder, `${name}.log`), "utf8").slice(-1000);
    } catch {
      return "not started";
    }
  }

  private daemon(name: string, args: readonly string[]): void {
    const log = openSync(join(this.folder, `${name}.log`), "a");
    this.daemons.push(spawn(name, args, { env: this.env, stdio: ["ignore", log, log] }));
    closeSync(log);
  }
}

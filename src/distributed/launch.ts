/** How a launcher started this process, as one of several. */
import type { LaunchVariables } from "../env.js";
import { UsageError } from "../errors.js";
import { isLoopback } from "../report/serve/listen.js";

/** The port of rank 0 if the launcher names none, as PyTorch has it. */
const defaultPort = 29500;
/** The fewest characters of a secret. */
const LEAST_SECRET = 16;

/** The place of this process among those of a training. */
export interface Launch {
  readonly rank: number;
  readonly worldSize: number;
  /** The place of this process on its machine, from 0. */
  readonly localRank: number;
  /** Where rank 0 listens. */
  readonly master: { readonly host: string; readonly port: number };
  /** Encrypts and authenticates all connections; undefined: they are plain, and do not leave the machine. */
  readonly secret: string | undefined;
}

/**
 * The launch that the environment describes, by the variables that torchrun sets; undefined for a process that is alone.
 *
 * Throws a UsageError for variables that make no sense, and for processes on several machines without a secret.
 */
export function readLaunch(variables: LaunchVariables, secret: string | undefined): Launch | undefined {
  const number = (name: keyof LaunchVariables, given: number | undefined, least: number, below: number): number => {
    const text = variables[name];
    const value = text === undefined ? given : Number(text);
    if (value !== undefined && Number.isSafeInteger(value) && value >= least && value < below) return value;
    const range = below === Infinity ? `of at least ${least}` : `from ${least} to ${below - 1}`;
    throw new UsageError(`${name}: expected a whole number ${range}, got ${text === undefined ? "none" : `"${text}"`}. The launcher of the processes sets it.`);
  };
  const worldSize = number("WORLD_SIZE", 1, 1, Infinity);
  if (worldSize === 1) return undefined;
  const rank = number("RANK", undefined, 0, worldSize);
  const localRank = number("LOCAL_RANK", 0, 0, worldSize);
  // A server of torchrun has the port; the next one is as good as any.
  const offset = variables.TORCHELASTIC_USE_AGENT_STORE === "True" ? 1 : 0;
  const master = { host: variables.MASTER_ADDR ?? "127.0.0.1", port: number("MASTER_PORT", defaultPort, 1, 2 ** 16 - offset) + offset };
  if (secret !== undefined && secret.length < LEAST_SECRET) {
    throw new UsageError(`CYCLEGAN_SECRET: expected at least ${LEAST_SECRET} characters, got ${secret.length}. openssl rand -hex 16 makes one.`);
  }
  if (secret === undefined && !isLoopback(master.host)) {
    throw new UsageError(
      `MASTER_ADDR is ${master.host}, which other machines can reach: set CYCLEGAN_SECRET to the same value for all ranks. ` +
        "openssl rand -hex 16 makes one. It encrypts what they exchange, and keeps others out.",
    );
  }
  return { rank, worldSize, localRank, master, secret };
}

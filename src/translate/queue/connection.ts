/** The connection of a queue to its Redis server. */
import type * as BullMq from "bullmq";
import type * as IoRedis from "ioredis";
import { CycleGANError, UsageError } from "../../errors.js";
import { formatDuration } from "../../format.js";

/** The packages of the queue, which are only loaded for it. */
export interface QueueLibraries {
  readonly bullmq: typeof BullMq;
  readonly ioredis: typeof IoRedis;
}

/** Throws a CycleGANError if a package is not installed. */
export async function loadQueueLibraries(): Promise<QueueLibraries> {
  try {
    const [bullmq, ioredis] = await Promise.all([import("bullmq"), import("ioredis")]);
    return { bullmq, ioredis };
  } catch {
    throw new CycleGANError("The queue needs the packages bullmq and ioredis, which are not installed. Run npm install bullmq ioredis.");
  }
}

/** The address of a Redis server. */
export interface RedisAddress {
  /** With the password, if there is one: not for people to see. */
  readonly url: string;
  /** The same without user and password. */
  readonly shown: string;
}

/** Parses an address. No message repeats the text, which may contain a password. Throws a UsageError. */
export function parseAddress(text: string): RedisAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isAddress = url && ["redis:", "rediss:"].includes(url.protocol) && url.hostname !== "";
  // A "#", "/" or "?" in a password ends the host, and a part of the password is taken for the host.
  if (!isAddress || !/^(\/\d*)?$/.test(url.pathname) || url.hash !== "" || url.search.includes("@") || !canDecode(text)) {
    throw new UsageError(
      "--redis: expected an address such as redis://host:6379 or rediss://user:password@host:6380/0, where 0 is the number of a database, got another text. " +
        "In a password, write # as %23, % as %25, / as %2F, ? as %3F and @ as %40.",
    );
  }
  return { url: text, shown: `${url.protocol}//${url.host}${url.pathname}` };
}

/** Whether every "%" begins a character. */
function canDecode(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/** Seconds without the server after which the work ends. */
const PATIENCE = 600;

/** Seconds that a server has to answer a new connection: one of another kind may say nothing. */
const FIRST_ANSWER = 20;

export interface ConnectionHooks {
  /** Receives a line when the connection is lost, and when it is back. */
  readonly onMessage?: ((text: string) => void) | undefined;
}

/** A connection that is opened again whenever it is lost. */
export class Connection {
  readonly address: RedisAddress;
  readonly redis: IoRedis.Redis;
  /** Rejects once the server has been away for too long. */
  readonly lost: Promise<never>;
  #error: Error | undefined;
  #giveUp: (error: Error) => void = () => {};
  /** When the connection was lost, on the clock of `performance`; undefined while it is there, and before it is opened. */
  #lostAt: number | undefined;
  #isOpen = false;
  readonly #hooks: ConnectionHooks;

  private constructor({ ioredis }: QueueLibraries, address: RedisAddress, hooks: ConnectionHooks) {
    this.address = address;
    this.#hooks = hooks;
    this.lost = new Promise<never>((_, reject) => {
      this.#giveUp = reject;
    });
    // Whoever does not wait for it need not handle it.
    this.lost.catch(() => {});
    this.redis = new ioredis.Redis(address.url, {
      lazyConnect: true,
      // BullMQ's commands wait for the connection instead of failing.
      maxRetriesPerRequest: null,
      retryStrategy: (times) => this.#pause(times),
    });
    this.redis.on("error", (error) => void (this.#error = error));
    this.redis.on("close", () => this.#noteLoss());
    this.redis.on("ready", () => this.#noteReady());
  }

  /** Connects. Throws a CycleGANError that says why if the server cannot be reached or refuses. */
  static async open(libraries: QueueLibraries, address: RedisAddress, hooks: ConnectionHooks = {}): Promise<Connection> {
    const connection = new Connection(libraries, address, hooks);
    const { redis } = connection;
    const timer = setTimeout(() => {
      connection.#error = new Error(`no answer within ${formatDuration(FIRST_ANSWER)}`);
      redis.disconnect();
    }, 1000 * FIRST_ANSWER);
    try {
      await redis.connect();
      // A server that wants a password answers this with an error.
      await redis.ping();
      // ioredis goes on with database 0 if there is none of this number.
      if (redis.options.db) await redis.select(redis.options.db);
    } catch (error) {
      redis.disconnect();
      throw connection.#failure(error);
    } finally {
      clearTimeout(timer);
    }
    connection.#isOpen = true;
    return connection;
  }

  /** Whether the server can be reached at the moment. */
  get isReady(): boolean {
    return this.redis.status === "ready";
  }

  /** Milliseconds before the next attempt; null: there is none. */
  #pause(times: number): number | null {
    if (!this.#isOpen) return null;
    if (this.#lostAt !== undefined && performance.now() - this.#lostAt > 1000 * PATIENCE) {
      this.#giveUp(this.#failure(undefined, ` It was away for ${formatDuration(PATIENCE)}.`));
      return null;
    }
    return Math.min(250 * 2 ** times, 5000);
  }

  #noteLoss(): void {
    if (!this.#isOpen || this.#lostAt !== undefined) return;
    this.#lostAt = performance.now();
    this.#hooks.onMessage?.(`Lost the connection to ${this.address.shown}. Trying again, for up to ${formatDuration(PATIENCE)}.`);
  }

  #noteReady(): void {
    if (this.#lostAt === undefined) return;
    this.#lostAt = undefined;
    this.#hooks.onMessage?.(`Connected to ${this.address.shown} again.`);
  }

  #failure(error: unknown, more = ""): CycleGANError {
    const cause = this.#error ?? error;
    const reason = cause instanceof Error ? cause.message || ("code" in cause ? String(cause.code) : cause.name) : String(cause);
    const advice = "Look at the server, and at --redis.";
    return new CycleGANError(`${this.address.shown}: expected a Redis server that takes this connection, got ${reason.replace(/\.$/, "")}.${more} ${advice}`);
  }

  /** The error itself, or what to say instead if it is the server's refusal of a command. */
  explained(error: unknown): unknown {
    if (!(error instanceof Error) || error.name !== "ReplyError") return error;
    return new CycleGANError(`${this.address.shown}: the server refused a command: ${error.message.replace(/\.$/, "")}. Look at its memory, and at what the user of --redis may do.`);
  }

  close(): void {
    this.#isOpen = false;
    this.redis.disconnect();
  }
}

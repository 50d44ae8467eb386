/** The options of every command of the queue. */
import type { Command } from "commander";
import { env } from "../../env.js";
import { UsageError } from "../../errors.js";
import { parseAddress } from "../../translate/queue/connection.js";
import { TranslationQueue } from "../../translate/queue/translation-queue.js";

export interface QueueValues {
  readonly redis?: string;
  readonly name: string;
}

/** Adds the options that say which queue. */
export function addQueueOptions(command: Command): Command {
  // Not as an environment variable of commander's, whose help would show its value.
  return command
    .option("--redis <address>", "redis://host:6379, or rediss://user:password@host:6380 with TLS (default: the variable CYCLEGAN_REDIS)")
    .option("--name <job>", "name of the job", "translations");
}

/** The address of the server. Throws a UsageError if there is none. */
export function addressOf({ redis = env.redis }: QueueValues): string {
  if (redis === undefined) throw new UsageError("--redis: expected the address of a Redis server, got none. Give it, or set CYCLEGAN_REDIS.");
  parseAddress(redis);
  return redis;
}

/** Does something with the queue, and closes it. */
export async function withQueue<T>(values: QueueValues, onMessage: (text: string) => void, use: (queue: TranslationQueue) => Promise<T>): Promise<T> {
  const queue = await TranslationQueue.open({ redis: addressOf(values), name: values.name }, { onMessage });
  try {
    return await use(queue);
  } catch (error) {
    throw queue.connection.explained(error);
  } finally {
    await queue.close();
  }
}

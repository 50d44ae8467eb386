/** The processes that train together. */

import type { JsonObject } from "../io/parse-json.js";

/** What one of the processes of a training knows of the others. A process is a rank, from 0. */
export interface ProcessGroup {
  readonly rank: number;
  readonly worldSize: number;
  /**
   * Gives `parts[r]` to each rank r, its own part to itself, and resolves to the parts for this rank, by sender.
   *
   * All ranks must call it equally often for each `topic`; calls for different topics may overlap. Throws a RankError if a rank is
   * lost or has failed.
   */
  allToAll(topic: string, parts: readonly Float32Array[]): Promise<readonly Float32Array[]>;
}

/** The group in one of several attempts: what an earlier attempt has left on its way reaches nobody. */
export function groupOfAttempt(group: ProcessGroup, attempt: number): ProcessGroup {
  const { rank, worldSize } = group;
  return { rank, worldSize, allToAll: (topic, parts) => group.allToAll(`attempt ${attempt} ${topic}`, parts) };
}

/** What a rank tells another one. */
export interface Message {
  readonly topic: string;
  readonly value: JsonObject;
  readonly floats: Float32Array;
}

/** The ranks of a training, connected each with each. `joinRanks` makes it. */
export interface Ranks extends ProcessGroup {
  /** Bytes of numbers that this rank has sent. */
  readonly sentBytes: number;
  /** Sends a message to a rank. */
  send(rank: number, topic: string, value?: JsonObject, floats?: Float32Array): void;
  /** Sends a message to all other ranks. */
  broadcast(topic: string, value?: JsonObject, floats?: Float32Array): void;
  /** The next message of a topic from a rank. Throws a RankError if a rank is lost or has failed. */
  receive(rank: number, topic: string): Promise<Message>;
  /** The next message of a topic from each other rank, in their order. */
  receiveAll(topic: string): Promise<readonly Message[]>;
  /** Ends the training of all ranks with this sentence, which says of which rank it is. */
  abort(text: string): void;
  /** Leaves the others, and resolves when everything has been sent. */
  leave(): Promise<void>;
}

/** When a silent rank is given up. */
export interface Heartbeat {
  /** Seconds between signs of life. */
  readonly every: number;
  /** Seconds of silence after which a rank is lost. */
  readonly patience: number;
}

/** How the ranks of a training find each other. */
import { setTimeout as delay } from "node:timers/promises";
import type { WebSocket } from "ws";
import { errorOf } from "../errors.js";
import { productVersion } from "../generated/version.js";
import type { JsonObject } from "../io/parse-json.js";
import { isLoopback } from "../report/serve/listen.js";
import { deferred } from "./deferred.js";
import type { Launch } from "./launch.js";
import { firstMessage, Link } from "./link.js";
import type { Heartbeat, Ranks } from "./process-group.js";
import { RankError } from "./rank-error.js";
import { RankGroup } from "./rank-group.js";
import { connectToRank, listenForRanks } from "./socket.js";

export interface JoinHooks {
  /** Receives messages, one line each. */
  readonly onMessage: (text: string) => void;
  /** Seconds to wait for the others; default 600. */
  readonly patience?: number;
  /** Default: a sign of life every 5 s, and at most 60 s of silence. */
  readonly heartbeat?: Heartbeat;
  /** The version that this rank gives as its own; for tests. */
  readonly version?: string;
}

/** Milliseconds between attempts to reach rank 0. */
const RETRY = 300;
/** Seconds for a process that has connected to say which rank it is. */
const INTRODUCTION = 30;

/**
 * Joins the ranks of a training, and resolves when each is connected with each.
 *
 * Rank 0 listens where the launch says. Every other rank connects to it, says where it listens itself, and connects to the ranks before
 * it. Throws a RankError if the others do not come, have another version or another WORLD_SIZE, or know another secret.
 */
export async function joinRanks(launch: Launch, hooks: JoinHooks): Promise<Ranks> {
  const { heartbeat = { every: 5, patience: 60 }, patience = 600, version = productVersion, onMessage } = hooks;
  const outcome = deferred();
  const group = new RankGroup(launch, { onMessage, heartbeat, onFail: outcome.reject });
  const meeting: Meeting = { launch, group, version, onMessage, deadline: performance.now() + 1000 * patience };
  const timer = setTimeout(() => group.abort(`Waited ${patience} s, but not all of the ${launch.worldSize} ranks came: rank ${launch.rank} ${whoIsThere(group)}.`), 1000 * patience);
  try {
    await Promise.race([outcome.promise, launch.rank === 0 ? lead(meeting) : follow(meeting)]);
    return group;
  } catch (error) {
    group.abort(`Rank ${launch.rank}: ${errorOf(error).message}`);
    await group.leave();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** Ranks that are about to meet. */
interface Meeting {
  readonly launch: Launch;
  readonly group: RankGroup;
  readonly version: string;
  readonly onMessage: (text: string) => void;
  /** When the wait ends, in milliseconds of performance.now(). */
  readonly deadline: number;
}

async function lead({ launch, group, version, onMessage }: Meeting): Promise<void> {
  const { master, secret, worldSize } = launch;
  const places: (readonly [rank: number, host: string, port: number])[] = [];
  const all = deferred();
  const take = async (socket: WebSocket, remote: string): Promise<void> => {
    const { rank, worldSize: its, version: theirs, port } = helloOf(await firstMessage(socket, INTRODUCTION));
    const link = new Link(socket);
    const problem = theirs === version ? undefined : `Rank ${rank} has version ${theirs} of this program, rank 0 has ${version}. Install the same one for all.`;
    const other = its === worldSize ? problem : `Rank ${rank} was started with a WORLD_SIZE of ${its}, rank 0 with ${worldSize}.`;
    if (other !== undefined) {
      refuse(link, other);
      group.abort(other);
    } else if (rank <= 0 || rank >= worldSize || group.has(rank)) {
      refuse(link, `Rank ${rank} is there already. Is MASTER_PORT ${master.port} that of another training?`);
      onMessage(`A second rank ${rank} was refused.`);
    } else {
      places.push([rank, isLoopback(remote) ? master.host : remote, port]);
      group.add(rank, link);
      if (group.isComplete) all.resolve();
    }
  };
  const host = secret === undefined ? master.host : undefined;
  const listener = await listenForRanks({ host, port: master.port, secret }, take, onMessage);
  group.onLeave(() => listener.close());
  onMessage(`Waiting for ${worldSize === 2 ? "the other rank" : `${worldSize - 1} other ranks`} at ${master.host}:${master.port}.`);
  await all.promise;
  group.broadcast("places", { places });
  await group.receiveAll("linked");
  group.broadcast("go");
}

async function follow({ launch, group, version, deadline, onMessage }: Meeting): Promise<void> {
  const { master, secret, rank, worldSize } = launch;
  const { socket, local } = await connectPatiently(launch, deadline, onMessage);
  group.add(0, new Link(socket));
  const all = deferred();
  const take = async (other: WebSocket): Promise<void> => {
    group.add(helloOf(await firstMessage(other, INTRODUCTION)).rank, new Link(other));
    if (group.isComplete) all.resolve();
  };
  const listener = await listenForRanks({ host: secret === undefined ? local : undefined, port: 0, secret }, take);
  group.onLeave(() => listener.close());
  const introduce = (port: number): JsonObject => ({ rank, worldSize, version, port });
  group.send(0, "hello", introduce(listener.port));
  for (const [other, host, port] of placesOf((await group.receive(0, "places")).value)) {
    if (other >= rank) continue;
    const link = new Link((await connectToRank(host, port, secret)).socket);
    group.add(other, link);
    group.send(other, "hello", introduce(0));
  }
  if (!group.isComplete) await all.promise;
  group.send(0, "linked");
  await group.receive(0, "go");
  onMessage(`Rank ${rank} of ${worldSize} is connected with rank 0 at ${master.host}:${master.port}.`);
}

/** Connects to rank 0, which may not have started yet. */
async function connectPatiently({ master: { host, port }, secret }: Launch, deadline: number, onMessage: (text: string) => void) {
  for (let attempt = 0; ; attempt++) {
    try {
      return await connectToRank(host, port, secret);
    } catch (error) {
      if (error instanceof RankError) throw error;
      if (performance.now() > deadline) throw new RankError(`Rank 0 cannot be reached at ${host}:${port}: ${errorOf(error).message}.`);
    }
    if (attempt === 10) onMessage(`Waiting for rank 0 at ${host}:${port}.`);
    await delay(RETRY);
  }
}

interface Hello {
  readonly rank: number;
  readonly worldSize: number;
  readonly version: string;
  /** Where the rank listens for those after it. */
  readonly port: number;
}

function helloOf({ topic, value }: { readonly topic: string; readonly value: JsonObject }): Hello {
  const { rank, worldSize, version, port } = value;
  if (topic === "hello" && typeof rank === "number" && typeof worldSize === "number" && typeof port === "number") {
    return { rank, worldSize, version: String(version), port };
  }
  throw new RankError("Expected a rank to say which one it is, got something else.");
}

function placesOf({ places }: JsonObject): readonly (readonly [rank: number, host: string, port: number])[] {
  if (!Array.isArray(places)) return [];
  return places.flatMap((place: unknown) => (Array.isArray(place) ? [[Number(place[0]), String(place[1]), Number(place[2])] as const] : []));
}

function refuse(link: Link, text: string): void {
  link.send({ topic: "abort", value: { text }, floats: new Float32Array() });
  void link.close();
}

function whoIsThere(group: RankGroup): string {
  const others = Array.from({ length: group.worldSize }, (_, rank) => rank).filter((rank) => group.has(rank));
  return others.length === 0 ? "met no other" : `met only ${others.join(", ")}`;
}

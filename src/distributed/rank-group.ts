/** The ranks of a training, connected each with each. */
import type { JsonObject } from "../io/parse-json.js";
import type { Link } from "./link.js";
import type { Heartbeat, Message, ProcessGroup, Ranks } from "./process-group.js";
import { RankError } from "./rank-error.js";

export interface RankGroupHooks {
  /** Receives a sentence when a rank keeps the others waiting. */
  readonly onMessage: (text: string) => void;
  /** Called once if the group fails. */
  readonly onFail: (failure: RankError) => void;
  readonly heartbeat: Heartbeat;
}

/** Messages of a topic that nobody has asked for yet, or who has asked for those to come. */
interface Mailbox {
  readonly arrived: Message[];
  readonly awaited: ((outcome: { readonly message: Message } | { readonly failure: RankError }) => void)[];
}

/** The seconds after which it is said that a rank keeps the others waiting; then after twice as many, and so on. */
const LONG_WAIT = 30;
/** The topics of the group itself. */
const ABORT = "abort";
const LEAVE = "leave";

/**
 * Exchanges messages with the other ranks. Messages of a topic arrive in the order in which a rank sent them.
 *
 * If a rank is lost, it tells the others which one, so that all fail with the same sentence.
 */
export class RankGroup implements Ranks {
  readonly rank: number;
  readonly worldSize: number;
  sentBytes = 0;
  readonly #links = new Map<number, Link>();
  readonly #hooks: RankGroupHooks;
  readonly #mail = new Map<string, Mailbox>();
  /** Ranks that have left in good order. */
  readonly #left = new Set<number>();
  readonly #atEnd: (() => void)[] = [];
  #failure: RankError | undefined;

  constructor({ rank, worldSize }: Pick<ProcessGroup, "rank" | "worldSize">, hooks: RankGroupHooks) {
    this.rank = rank;
    this.worldSize = worldSize;
    this.#hooks = hooks;
  }

  /** Adds the link to a rank, which has not been started. */
  add(rank: number, link: Link): void {
    this.#links.set(rank, link);
    link.start({ onMessage: (message) => this.#take(rank, message), onLost: (how) => this.#lose(rank, how) }, this.#hooks.heartbeat);
  }

  /** Whether a rank is connected. */
  has(rank: number): boolean {
    return this.#links.has(rank);
  }

  /** Whether all ranks are connected with this one. */
  get isComplete(): boolean {
    return this.#links.size === this.worldSize - 1;
  }

  send(rank: number, topic: string, value: JsonObject = {}, floats: Float32Array = new Float32Array()): void {
    this.sentBytes += floats.byteLength;
    this.#links.get(rank)?.send({ topic, value, floats });
  }

  /** Sends a message to all other ranks. */
  broadcast(topic: string, value: JsonObject = {}, floats: Float32Array = new Float32Array()): void {
    for (const rank of this.#links.keys()) this.send(rank, topic, value, floats);
  }

  /** The next message of a topic from a rank. Throws the group's RankError once it has failed. */
  receive(rank: number, topic: string): Promise<Message> {
    const { arrived, awaited } = this.#mailbox(rank, topic);
    const message = arrived.shift();
    if (message) return Promise.resolve(message);
    if (this.#failure) return Promise.reject(this.#failure);
    if (this.#left.has(rank)) return Promise.reject(new RankError(`Rank ${rank} has ended.`));
    return new Promise((resolve, reject) => {
      awaited.push((outcome) => ("message" in outcome ? resolve(outcome.message) : reject(outcome.failure)));
    });
  }

  /** The next message of a topic from each other rank, in their order. */
  receiveAll(topic: string): Promise<readonly Message[]> {
    return Promise.all([...this.#links.keys()].sort((a, b) => a - b).map((rank) => this.receive(rank, topic)));
  }

  async allToAll(topic: string, parts: readonly Float32Array[]): Promise<readonly Float32Array[]> {
    for (const rank of this.#links.keys()) this.send(rank, topic, {}, parts[rank]);
    return Promise.all(parts.map(async (own, rank) => (rank === this.rank ? own : this.#await(rank, topic))));
  }

  /** The numbers of a rank, which are due. Says so if they do not come for long. */
  async #await(rank: number, topic: string): Promise<Float32Array> {
    const stop = this.#sayWhileWaiting(rank);
    try {
      return (await this.receive(rank, topic)).floats;
    } finally {
      stop();
    }
  }

  /** Ends the training of all ranks with this sentence, which says of which rank it is. */
  abort(text: string): void {
    if (this.#failure) return;
    this.broadcast(ABORT, { text });
    this.#fail(new RankError(text));
  }

  /** Does something when this rank leaves. */
  onLeave(work: () => void): void {
    this.#atEnd.push(work);
  }

  /** Leaves the others, and resolves when everything has been sent. */
  async leave(): Promise<void> {
    this.broadcast(LEAVE);
    for (const work of this.#atEnd.splice(0)) work();
    await Promise.all([...this.#links.values()].map((link) => link.close()));
  }

  #take(rank: number, message: Message): void {
    const { topic, value } = message;
    if (topic === ABORT) return this.#fail(new RankError(String(value["text"])));
    if (topic === LEAVE) return this.#leave(rank);
    const { arrived, awaited } = this.#mailbox(rank, topic);
    const next = awaited.shift();
    if (next) next({ message });
    else arrived.push(message);
  }

  #leave(rank: number): void {
    this.#left.add(rank);
    this.#rejectAll(new RankError(`Rank ${rank} has ended.`), `${rank} `);
  }

  #lose(rank: number, how: string): void {
    if (this.#left.has(rank)) return;
    this.abort(`Rank ${rank} was lost: ${how}. Start all ranks again; with --resume they go on from the newest checkpoint.`);
  }

  #fail(failure: RankError): void {
    if (this.#failure) return;
    this.#failure = failure;
    this.#rejectAll(failure);
    this.#hooks.onFail(failure);
  }

  /** Fails who waits for mail, of the boxes whose names begin like this. */
  #rejectAll(failure: RankError, prefix = ""): void {
    for (const [name, { awaited }] of this.#mail) {
      if (name.startsWith(prefix)) for (const one of awaited.splice(0)) one({ failure });
    }
  }

  #mailbox(rank: number, topic: string): Mailbox {
    const name = `${rank} ${topic}`;
    const box = this.#mail.get(name) ?? { arrived: [], awaited: [] };
    this.#mail.set(name, box);
    return box;
  }

  #sayWhileWaiting(rank: number): () => void {
    let seconds = LONG_WAIT;
    let timer: NodeJS.Timeout;
    const say = (): void => {
      this.#hooks.onMessage(`Waiting for rank ${rank} for ${seconds} s.`);
      timer = setTimeout(say, 1000 * seconds);
      seconds *= 2;
    };
    timer = setTimeout(say, 1000 * LONG_WAIT);
    return () => clearTimeout(timer);
  }
}

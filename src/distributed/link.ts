/** The connection to another rank. */
import type { WebSocket } from "ws";
import { errorOf } from "../errors.js";
import { decodeMessage, encodeMessage } from "./message.js";
import type { Heartbeat, Message } from "./process-group.js";
import { RankError } from "./rank-error.js";

export interface LinkHooks {
  readonly onMessage: (message: Message) => void;
  /** Called once, with what happened: "its connection closed". */
  readonly onLost: (how: string) => void;
}

/** Sends and receives messages until it is closed, and finds out when the other process is lost. */
export class Link {
  readonly #socket: WebSocket;
  #timer: NodeJS.Timeout | undefined;
  #heardAt = performance.now();
  #open = true;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
  }

  /** Begins to listen. Messages that come earlier are lost, so call it at once. */
  start({ onMessage, onLost }: LinkHooks, { every, patience }: Heartbeat): void {
    const socket = this.#socket;
    const lost = (how: string): void => {
      if (!this.#open) return;
      this.#end();
      // An open socket would keep this process alive.
      socket.terminate();
      onLost(how);
    };
    const heard = (): void => void (this.#heardAt = performance.now());
    socket.on("message", (frame: unknown) => {
      heard();
      if (!this.#open) return;
      try {
        onMessage(read(frame));
      } catch (error) {
        lost(errorOf(error).message);
      }
    });
    for (const sign of ["ping", "pong"]) socket.on(sign, heard);
    socket.on("close", () => lost("its connection closed"));
    socket.on("error", (error) => lost(error.message));
    let checkedAt = performance.now();
    this.#timer = setInterval(() => {
      const now = performance.now();
      // A process that was suspended has not heard the others either.
      if (now - checkedAt > 2000 * every) heard();
      checkedAt = now;
      if (now - this.#heardAt > 1000 * patience) lost(`it has not answered for ${patience} s`);
      else socket.ping();
    }, 1000 * every);
  }

  send(message: Message): void {
    if (!this.#open) return;
    const [head = new Uint8Array(), body = new Uint8Array()] = encodeMessage(message);
    // Two fragments of one message: the numbers are not copied.
    this.#socket.send(head, { binary: true, fin: body.length === 0 });
    if (body.length > 0) this.#socket.send(body, { binary: true, fin: true });
  }

  /** Ends the connection after everything has been sent, and resolves then; the other side notices. */
  close(): Promise<void> {
    if (!this.#open) return Promise.resolve();
    this.#end();
    return new Promise((resolve) => {
      // The other process may be suspended.
      const patience = setTimeout(() => this.#socket.terminate(), 2000);
      this.#socket.once("close", () => {
        clearTimeout(patience);
        resolve();
      });
      this.#socket.close();
    });
  }

  #end(): void {
    this.#open = false;
    clearInterval(this.#timer);
  }
}

/** A first message, before the link is started: the other rank's introduction. Throws a RankError if none comes. */
export async function firstMessage(socket: WebSocket, seconds: number): Promise<Message> {
  socket.binaryType = "arraybuffer";
  const frame = await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new RankError(`Expected a rank to say which one it is, got nothing for ${seconds} s.`)), 1000 * seconds);
    socket.once("close", () => {
      clearTimeout(timer);
      reject(new RankError("Expected a rank to say which one it is, got a closed connection."));
    });
    socket.once("message", (frame: unknown) => {
      clearTimeout(timer);
      resolve(frame);
    });
  });
  return read(frame);
}

function read(frame: unknown): Message {
  return decodeMessage(frame instanceof ArrayBuffer ? frame : new ArrayBuffer(0));
}

/** The transport between ranks: WebSockets, over TLS with a shared key if there is a secret. */
import { createHash } from "node:crypto";
import { createServer as createPlainServer, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { isIP } from "node:net";
import type * as Ws from "ws";
import type { WebSocket } from "ws";
import { errorOf } from "../errors.js";
import { RankError } from "./rank-error.js";

/** The only suites with a shared key that give every connection keys of its own. TLS 1.3 has no shared keys in Node. */
const tls = { ciphers: "ECDHE-PSK-CHACHA20-POLY1305", minVersion: "TLSv1.2", maxVersion: "TLSv1.2" } as const;
/** Gradients are larger than the default limit. Compression would not make them smaller. */
const frames = { maxPayload: 2 ** 31 - 1, perMessageDeflate: false, skipUTF8Validation: true } as const;

async function loadLibrary(): Promise<typeof Ws> {
  try {
    return await import("ws");
  } catch {
    throw new RankError("A training by several processes needs the package ws, which is not installed. Run npm install ws.");
  }
}

function keyOf(secret: string): Buffer {
  return createHash("sha256").update(`cyclegan-webgpu ranks ${secret}`).digest();
}

export interface Listener {
  readonly port: number;
  close(): void;
}

/**
 * Listens at an address, by default at all of this machine; port 0: any free one. `onSocket` gets each connection that knows the secret, `onStranger` a sentence about each
 * one that does not. Throws a RankError if the port is taken or the address is not one of this machine.
 */
export async function listenForRanks(
  { host, port, secret }: { readonly host: string | undefined; readonly port: number; readonly secret: string | undefined },
  onSocket: (socket: WebSocket, remote: string) => Promise<void>,
  onStranger: (text: string) => void = () => {},
): Promise<Listener> {
  const { WebSocketServer } = await loadLibrary();
  const server = secret === undefined ? createPlainServer() : createSecureServer({ ...tls, pskCallback: () => keyOf(secret) });
  server.on("tlsClientError", () => onStranger("A connection with another CYCLEGAN_SECRET was refused."));
  const sockets = new WebSocketServer({ server, ...frames });
  sockets.on("connection", (socket, { socket: { remoteAddress = "" } }) => {
    onSocket(socket, remoteAddress.replace(/^::ffff:/, "")).catch((error: unknown) => {
      onStranger(errorOf(error).message);
      socket.terminate();
    });
  });
  // The server below reports its own errors.
  sockets.on("error", () => {});
  const bound = await bind(server, host, port);
  return { port: bound, close: () => server.close() };
}

function bind(server: Server, host: string | undefined, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: Error & { code?: string }) => {
      const taken = `${host ?? ""}:${port} is taken, perhaps by rank 0 of another training. Set another MASTER_PORT for all ranks.`;
      const foreign = `${host} is not an address of this machine. MASTER_ADDR is that of the machine of rank 0.`;
      reject(new RankError(`Rank 0 cannot listen: ${cause.code === "EADDRINUSE" ? taken : cause.code === "EADDRNOTAVAIL" ? foreign : cause.message}`, { cause }));
    });
    server.listen({ ...(host !== undefined && { host }), port, exclusive: true }, () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}

/** Opens a connection. Throws the error of the system if nobody listens, a RankError if who listens knows another secret. */
export async function connectToRank(host: string, port: number, secret: string | undefined): Promise<{ readonly socket: WebSocket; readonly local: string }> {
  const { WebSocket } = await loadLibrary();
  const name = isIP(host) === 6 ? `[${host}]` : host;
  // A shared key takes the place of a certificate, so that there is no identity to find fault with.
  const shared = secret !== undefined && { ...tls, pskCallback: () => ({ psk: keyOf(secret), identity: "rank" }), checkServerIdentity: () => false };
  // What a mask protects from, proxies that take a frame for a request, is not between ranks.
  const options = { ...frames, ...shared, generateMask: (mask: Buffer): void => void mask.fill(0) };
  const socket = new WebSocket(`${secret === undefined ? "ws" : "wss"}://${name}:${port}`, options);
  let local = "";
  socket.on("upgrade", ({ socket: { localAddress = "" } }) => (local = localAddress));
  await new Promise<void>((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", (error: Error & { code?: string }) => reject(error.code === "EPROTO" ? otherSecret(`${host}:${port}`, error) : error));
  });
  return { socket, local };
}

function otherSecret(place: string, cause: Error): RankError {
  return new RankError(`${place} does not know this CYCLEGAN_SECRET. Set the same value for all ranks.`, { cause });
}

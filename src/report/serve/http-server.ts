/** An HTTP server for pages. */
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { CycleGANError } from "../../errors.js";
import { answerText } from "./answer.js";
import { isLoopback, listen, namesLoopback, urlOf } from "./listen.js";

/** Where a server listens. */
export interface ServeAddress {
  readonly host: string;
  /** 0: any free port. By default the first free one from `defaultPort` up. */
  readonly port?: number | undefined;
}

/** Answers a request. What it throws is answered with status 500. */
export type Answer = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/**
 * The number of requests after which a connection is closed and the client must open another. Without a limit, a client that
 * sends a thousand requests at once delays all others by seconds.
 */
const requestsPerConnection = 64;

/** Refuses a request that may not be answered. Returns whether it did. */
function refuse(request: IncomingMessage, response: ServerResponse, isLocal: boolean): boolean {
  if (isLocal && !namesLoopback(request.headers.host)) {
    answerText(response, 403, "text/plain", "This page is served only to this machine, under its own name.\n");
    return true;
  }
  if (request.method === "GET" || request.method === "HEAD") return false;
  response.setHeader("Allow", "GET, HEAD");
  answerText(response, 405, "text/plain", "Only GET and HEAD are allowed.\n");
  return true;
}

function answerError(response: ServerResponse, error: unknown): void {
  if (response.headersSent) response.destroy();
  else answerText(response, 500, "text/plain", error instanceof CycleGANError ? `${error.message}\n` : "The run cannot be read.\n");
}

/**
 * Starts a server that answers GET and HEAD. On a loopback address it only answers requests to this machine under its own name.
 * Throws a CycleGANError if it cannot listen.
 */
export async function startServer({ host, port }: ServeAddress, onRequest: Answer): Promise<{ readonly server: Server; readonly url: string }> {
  const server = createServer((request, response) => {
    if (refuse(request, response, isLoopback(host))) return;
    onRequest(request, response).catch((error: unknown) => answerError(response, error));
  });
  server.maxRequestsPerSocket = requestsPerConnection;
  return { server, url: urlOf(host, await listen(server, host, port)) };
}

/** Ends a server and its connections. */
export function stopServer(server: Server): Promise<void> {
  return new Promise((done) => {
    server.close(() => done());
    server.closeAllConnections();
  });
}

/** Serves a run's page over HTTP. */
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { basename, resolve } from "node:path";
import { CycleGANError } from "../../errors.js";
import type { Presentation } from "../presentation.js";
import { openRunReader } from "../run-reader.js";
import { answer, answerText } from "./answer.js";
import type { Served } from "./answer.js";
import { isLoopback, listen, namesLoopback, urlOf } from "./listen.js";

export interface PageServerOptions {
  /** Folder of the run. */
  readonly run: string;
  readonly presentation: Presentation;
  /** The address to listen on. */
  readonly host: string;
  /** 0: any free port. By default the first free one from `defaultPort` up. */
  readonly port?: number | undefined;
  /** Whether to show nothing of the run's folder, in which an older run may be, before `show` is called. Default false. */
  readonly waits?: boolean;
}

/** A server for the page of a run. */
export interface PageServer {
  readonly url: string;
  /** Call this when the run's folder has been created. */
  show(): void;
  /** Tells open pages that the training has ended, then stops. */
  close(): Promise<void>;
}

/** A page that sent a request within this many milliseconds counts as open, and is told about the end before the server stops. */
const watched = 5000;
/** The longest wait for the next request of an open page, in milliseconds. */
const farewell = 3000;
/** The time that such a page then has to load the last sample, in milliseconds. */
const lastSample = 1000;

const pause = (milliseconds: number): Promise<void> =>
  new Promise((done) => {
    setTimeout(done, milliseconds);
  });

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

/** Serves the page of a run until it is closed. Throws a CycleGANError if it cannot listen. */
export async function servePage({ run, presentation, host, port, waits = false }: PageServerOptions): Promise<PageServer> {
  const open = (): Served["run"] => ({ folder: run, reader: openRunReader(run, presentation.charts) });
  let served: Served = { name: basename(resolve(run)), presentation, run: waits ? undefined : open(), ended: false };
  let askedAt = Number.NEGATIVE_INFINITY;
  let told = (): void => {};
  const onRequest = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (refuse(request, response, isLoopback(host))) return;
    const { ended } = served;
    if (request.url?.startsWith("/data")) askedAt = performance.now();
    await answer(request, response, served);
    if (ended) response.once("close", told);
  };
  const server = createServer((request, response) => {
    onRequest(request, response).catch((error: unknown) => answerError(response, error));
  });
  server.maxRequestsPerSocket = requestsPerConnection;
  const url = urlOf(host, await listen(server, host, port));
  return {
    url,
    show() {
      if (!served.run) served = { ...served, run: open() };
    },
    async close() {
      const connections = await new Promise<number>((done) => server.getConnections((_, count) => done(count)));
      const watching = connections > 0 && performance.now() - askedAt < watched;
      const heard = new Promise<void>((done) => {
        told = done;
      });
      served = { ...served, ended: true };
      if (watching) await Promise.race([heard.then(() => pause(lastSample)), pause(farewell)]);
      await new Promise((done) => {
        server.close(done);
        server.closeAllConnections();
      });
    },
  };
}

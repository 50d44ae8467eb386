/** Serves a run's page over HTTP. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { basename, resolve } from "node:path";
import type { Presentation } from "../presentation.js";
import { openRunReader } from "../run-reader.js";
import { answer } from "./answer.js";
import type { Served } from "./answer.js";
import { startServer, stopServer, type ServeAddress } from "./http-server.js";

export interface PageServerOptions extends ServeAddress {
  /** Folder of the run. */
  readonly run: string;
  readonly presentation: Presentation;
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

/** Serves the page of a run until it is closed. Throws a CycleGANError if it cannot listen. */
export async function servePage({ run, presentation, host, port, waits = false }: PageServerOptions): Promise<PageServer> {
  const open = (): Served["run"] => ({ folder: run, reader: openRunReader(run, presentation.charts) });
  let served: Served = { name: basename(resolve(run)), presentation, run: waits ? undefined : open(), ended: false };
  let askedAt = Number.NEGATIVE_INFINITY;
  let told = (): void => {};
  const onRequest = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { ended } = served;
    if (request.url?.startsWith("/data")) askedAt = performance.now();
    await answer(request, response, served);
    if (ended) response.once("close", told);
  };
  const { server, url } = await startServer({ host, port }, onRequest);
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
      await stopServer(server);
    },
  };
}

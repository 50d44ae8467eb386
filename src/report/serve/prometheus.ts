/** Serves metrics for Prometheus. */
import type * as PromClient from "prom-client";
import type { Registry } from "prom-client";
import { CycleGANError } from "../../errors.js";
import { answerText, splitTarget } from "./answer.js";
import { startServer, stopServer, type ServeAddress } from "./http-server.js";

/** Loads the optional package that writes Prometheus's format. Throws a CycleGANError if it is missing. */
export async function loadPrometheus(): Promise<typeof PromClient> {
  try {
    return await import("prom-client");
  } catch {
    throw new CycleGANError("--metrics-port needs the package prom-client, which is not installed. Run npm install prom-client.");
  }
}

/** A server of metrics. */
export interface ServedMetrics {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** Serves `/metrics` in Prometheus's text format. Throws a CycleGANError if it cannot listen. */
export async function serveRegistry(registry: Registry, address: ServeAddress): Promise<ServedMetrics> {
  const { server, url } = await startServer(address, async (request, response) => {
    const [path] = splitTarget(request.url);
    if (path !== "/metrics") return answerText(response, 404, "text/plain", "The metrics are at /metrics.\n");
    answerText(response, 200, "text/plain; version=0.0.4", await registry.metrics());
  });
  return { url: `${url}metrics`, close: () => stopServer(server) };
}

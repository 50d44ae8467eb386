/** Serves the state of a training for Prometheus. */
import type { Gauge, Registry } from "prom-client";
import type { LogEntry, MetricsEntry } from "../../run/log.js";
import type { ServeAddress } from "./http-server.js";
import { loadPrometheus, serveRegistry, type ServedMetrics } from "./prometheus.js";

/** A server with the newest state of a training. */
export interface MetricsServer extends ServedMetrics {
  /** Takes a line of the log. */
  readonly log: (entry: LogEntry) => void;
  /** Takes a measurement on held-out images. */
  readonly measured: (entry: MetricsEntry) => void;
}

/** The numbers of a log line that have a gauge of their own: its name and its help. All others are losses. */
const gauges = {
  step: ["step", "Steps made."],
  totalSteps: ["total_steps", "Steps of the whole training."],
  epoch: ["epoch", "The current epoch, from 1."],
  lr: ["learning_rate", "The learning rate."],
  imagesPerSecond: ["images_per_second", "Images of each domain per second since the previous log line."],
  secondsPerStep: ["step_seconds", "Seconds of a step since the previous log line."],
  dataWait: ["data_wait_seconds", "Seconds of a step in which the device waited for images."],
  secondsLeft: ["remaining_seconds", "Estimated seconds to the end."],
  peakBytes: ["device_memory_peak_bytes", "The most device memory used so far."],
} as const;

const isGauge = (name: string): name is keyof typeof gauges => name in gauges;

/** The metrics of a run, whose name is a label of each. */
async function createMetrics(run: string): Promise<Pick<MetricsServer, "log" | "measured"> & { readonly registry: Registry }> {
  const { Gauge, Registry } = await loadPrometheus();
  const registry = new Registry();
  registry.setDefaultLabels({ run });
  const gauge = <Label extends string = never>(name: string, help: string, labelNames: readonly Label[] = []): Gauge<Label> =>
    new Gauge({ name: `cyclegan_training_${name}`, help, labelNames, registers: [registry] });
  const made = new Map(Object.entries(gauges).map(([key, [name, help]]) => [key, gauge(name, help)]));
  const losses = gauge("loss", "A loss of the newest logged step, with its weight.", ["loss"]);
  const heldOut = gauge("held_out", "A measurement on held-out images.", ["metric"]);
  return {
    registry,
    log(entry) {
      for (const [name, value] of Object.entries(entry)) {
        if (isGauge(name)) made.get(name)?.set(value);
        else losses.set({ loss: name }, value);
      }
    },
    measured(entry) {
      for (const [metric, value] of Object.entries(entry)) if (metric !== "step" && metric !== "epoch") heldOut.set({ metric }, value);
    },
  };
}

/**
 * Serves `/metrics` in Prometheus's text format. A gauge has no value before the first log line. Throws a CycleGANError if it cannot
 * listen, or if the optional package prom-client is missing.
 */
export async function serveMetrics(run: string, address: ServeAddress): Promise<MetricsServer> {
  const { registry, log, measured } = await createMetrics(run);
  return { ...(await serveRegistry(registry, address)), log, measured };
}

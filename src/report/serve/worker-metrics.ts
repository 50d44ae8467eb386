/** Serves the state of a worker of a queue for Prometheus. */
import type { ServeAddress } from "./http-server.js";
import { loadPrometheus, serveRegistry, type ServedMetrics } from "./prometheus.js";

/** What a worker knows about its job and itself: numbers of images, and bytes. */
export interface WorkerState {
  readonly waiting: number;
  readonly active: number;
  readonly done: number;
  readonly failed: number;
  readonly own: { readonly done: number; readonly failed: number };
  readonly peakBytes: number;
}

/** A server with the newest state of a worker. */
export interface WorkerMetrics extends ServedMetrics {
  readonly state: (state: WorkerState) => void;
  /** Takes the seconds of an image. */
  readonly image: (seconds: number) => void;
}

/** Bounds of the histogram in seconds: from small images on a GPU to large ones in tiles on a CPU. */
const BUCKETS = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300];

/**
 * Serves `/metrics` in Prometheus's text format, with the name of the job as a label of each metric. Throws a CycleGANError if it cannot
 * listen, or if the optional package prom-client is missing.
 */
export async function serveWorkerMetrics(job: string, address: ServeAddress): Promise<WorkerMetrics> {
  const { Counter, Gauge, Histogram, Registry } = await loadPrometheus();
  const registry = new Registry();
  registry.setDefaultLabels({ job });
  const registers = [registry];
  const queue = new Gauge({ name: "cyclegan_queue_images", help: "Images of the job.", labelNames: ["state"], registers });
  const images = new Counter({ name: "cyclegan_worker_images_total", help: "Images of this worker.", labelNames: ["outcome"], registers });
  const seconds = new Histogram({ name: "cyclegan_worker_image_seconds", help: "Seconds of an image on the device and in writing.", buckets: BUCKETS, registers });
  const memory = new Gauge({ name: "cyclegan_worker_device_memory_peak_bytes", help: "The most device memory used so far.", registers });
  let counted = { done: 0, failed: 0 };
  return {
    ...(await serveRegistry(registry, address)),
    state({ own, peakBytes, waiting, active, done, failed }) {
      for (const [state, count] of Object.entries({ waiting, active, done, failed })) queue.set({ state }, count);
      for (const outcome of ["done", "failed"] as const) images.inc({ outcome }, own[outcome] - counted[outcome]);
      counted = own;
      memory.set(peakBytes);
    },
    image: (value) => seconds.observe(value),
  };
}

import { expect, test } from "vitest";
import { serveWorkerMetrics } from "../../src/report/serve/worker-metrics.js";

test("the metrics of a worker are its newest state, with the job as a label", async () => {
  const server = await serveWorkerMetrics("zebra", { host: "127.0.0.1", port: 0 });
  try {
    const job = { waiting: 7, active: 2, done: 4, failed: 1, peakBytes: 93e6 };
    server.state({ ...job, own: { done: 2, failed: 0 } });
    server.image(0.25);
    server.image(4);
    server.state({ ...job, own: { done: 3, failed: 1 } });
    const text = await (await fetch(server.url)).text();
    expect(text.split("\n").filter((line) => line !== "" && !/^#|_bucket/.test(line))).toEqual([
      'cyclegan_queue_images{state="waiting",job="zebra"} 7',
      'cyclegan_queue_images{state="active",job="zebra"} 2',
      'cyclegan_queue_images{state="done",job="zebra"} 4',
      'cyclegan_queue_images{state="failed",job="zebra"} 1',
      'cyclegan_worker_images_total{outcome="done",job="zebra"} 3',
      'cyclegan_worker_images_total{outcome="failed",job="zebra"} 1',
      'cyclegan_worker_image_seconds_sum{job="zebra"} 4.25',
      'cyclegan_worker_image_seconds_count{job="zebra"} 2',
      'cyclegan_worker_device_memory_peak_bytes{job="zebra"} 93000000',
    ]);
    expect(text).toContain('cyclegan_worker_image_seconds_bucket{le="0.3",job="zebra"} 1');
  } finally {
    await server.close();
  }
});

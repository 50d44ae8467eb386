/** Keeps a device busy until it is ended; without a device if it is told so. */
import { parentPort, workerData } from "node:worker_threads";
import { add, openGpu, Tensor } from "../../dist/node.js";

if (workerData === "no device") setInterval(() => undefined, 1000);
else {
  const gpu = await openGpu();
  parentPort?.postMessage("works");
  for (;;) {
    const x = Tensor.zeros(gpu, [1 << 20]);
    const y = add(x, x);
    await y.data();
    x.release();
    y.release();
  }
}

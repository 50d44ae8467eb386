/** The worker that measures the GPU for the page Bench. */
import { expose } from "comlink";
import { benchDevice } from "../../bench/bench-device.js";
import { adapterOf, deviceOf, type Measured } from "../../bench/report.js";
import { residualCases, steps } from "../../bench/sizes.js";
import { openGpu } from "../../browser.js";
import type { Bencher, BenchEvent, DeviceNote } from "./bench-protocol.js";

const bencher: Bencher = {
  async describe(): Promise<DeviceNote> {
    using gpu = await openGpu();
    return { adapter: adapterOf(gpu), device: deviceOf(gpu) };
  },

  measure(isSmall, onEvent: (event: BenchEvent) => void): Promise<Measured> {
    return benchDevice({
      open: openGpu,
      choose({ isCpu }) {
        const [cases, configs] = [residualCases(false), steps(isCpu || isSmall, false)];
        onEvent({ kind: "planned", kernels: cases.length, steps: configs.length });
        return { cases, configs };
      },
      saying(what, work) {
        onEvent({ kind: "timing", what });
        return work();
      },
      onResult: onEvent,
    });
  },
};

expose(bencher);

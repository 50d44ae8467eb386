/** What the page Bench asks of its worker. */
import type { BenchResult } from "../../bench/hooks.js";
import type { AdapterReport, DeviceReport, Measured } from "../../bench/report.js";

/** The device that is measured. */
export interface DeviceNote {
  readonly adapter: AdapterReport;
  readonly device: DeviceReport;
}

/** What happens in a measurement: first its plan, then what is being timed and what was found. */
export type BenchEvent =
  | { readonly kind: "planned"; readonly kernels: number; readonly steps: number }
  | { readonly kind: "timing"; readonly what: string }
  | BenchResult;

/** The worker, as the page sees it. What goes wrong rejects with an error whose name is that of a class in `errors.ts`. */
export interface Bencher {
  /** Opens the GPU, and closes it again. */
  describe(): Promise<DeviceNote>;
  /** Measures the GPU. `isSmall`: with the training steps of a phone. */
  measure(isSmall: boolean, onEvent: (event: BenchEvent) => void): Promise<Measured>;
}

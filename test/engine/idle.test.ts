import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Storage } from "../../src/gpu/pool.js";
import { Queue } from "../../src/gpu/queue.js";
import { useGpu } from "../support/device.js";

// Opened for the constants of WebGPU, which it makes global.
useGpu();

/** A promise and what resolves it. */
function signal(): { readonly done: Promise<void>; readonly give: () => void } {
  let give = (): void => undefined;
  const done = new Promise<void>((resolve) => (give = resolve));
  return { done, give };
}

/** A device that computes a batch when it is told to, in the order of the submits. */
class HandDevice {
  readonly #batches: ReturnType<typeof signal>[] = [];
  /** For each buffer that the encoder in use writes, what to call with the batch it is submitted in. */
  #written: ((batch: Promise<void>) => void)[] = [];

  /** Finishes a batch, counted from 0. */
  finish(batch: number): void {
    this.#batches[batch]?.give();
  }

  get submitted(): number {
    return this.#batches.length;
  }

  readonly queue = {
    writeBuffer: (): void => undefined,
    submit: (): void => {
      const batch = signal();
      this.#batches.push(batch);
      for (const tell of this.#written.splice(0)) tell(batch.done);
    },
    onSubmittedWorkDone: async (): Promise<void> => void (await Promise.all(this.#batches.map(({ done }) => done))),
  };

  createBuffer(): object {
    let batch: Promise<void> | undefined;
    return {
      write: () => this.#written.push((done) => void (batch = done)),
      mapAsync: async (): Promise<void> => {
        if (!batch) throw new Error("mapped before the batch that writes it was submitted");
        await batch;
      },
      getMappedRange: () => new ArrayBuffer(4),
      destroy: () => undefined,
    };
  }

  createCommandEncoder(): object {
    return { clearBuffer: (buffer: { write: () => void }) => buffer.write(), finish: () => undefined };
  }
}

let device: HandDevice;
beforeEach(() => {
  device = new HandDevice();
  vi.useFakeTimers({ toFake: ["setTimeout", "performance"] });
});
afterEach(() => void vi.useRealTimers());

/** Milliseconds that the first batches take; the wait for the next sleeps through most of them. */
const FIRST_WAIT = 100;

describe.each([
  ["on a software adapter, where waits are slept through in part", true],
  ["on a GPU", false],
] as const)("idle %s", (_, sleeps) => {
  it("waits for what was submitted when it began, and for nothing that is submitted later", async () => {
    const queue = new Queue(device as unknown as GPUDevice, sleeps);
    const storage = { buffer: device.createBuffer(), offset: 0, use: { lastBatch: -1 } } as unknown as Storage;
    /** Waits, and notes when that ends. */
    const wait = (): { done: boolean } => {
      const state = { done: false };
      void queue.idle().then(() => (state.done = true));
      return state;
    };

    for (const batch of [0, 1]) {
      queue.clear(storage, 4);
      const first = wait();
      await vi.advanceTimersByTimeAsync(FIRST_WAIT);
      expect(first.done).toBe(false);
      device.finish(batch);
      await vi.advanceTimersByTimeAsync(0);
      expect(first.done).toBe(true);
    }

    queue.clear(storage, 4);
    const second = wait();
    queue.clear(storage, 4);
    queue.flush();
    expect(device.submitted).toBe(4);
    await vi.advanceTimersByTimeAsync(FIRST_WAIT);
    expect(second.done).toBe(false);
    device.finish(2);
    await vi.advanceTimersByTimeAsync(0);
    expect(second.done).toBe(true);
  });
});

it("a wait is not slept through for as long as one that compiled", async () => {
  const queue = new Queue(device as unknown as GPUDevice, true);
  for (const [batch, takes] of [10_000, 100, 100, 100].entries()) {
    let done = false;
    void queue.idle().then(() => (done = true));
    await vi.advanceTimersByTimeAsync(takes);
    device.finish(batch);
    await vi.advanceTimersByTimeAsync(0);
    expect(done, `wait ${batch}`).toBe(true);
  }
});

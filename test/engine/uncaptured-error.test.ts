import { expect, test } from "vitest";
import { DeviceError } from "../../src/errors.js";
import { uncapturedError } from "../../src/gpu/uncaptured-error.js";

class GPUOutOfMemoryError {
  readonly message: string;
  constructor(message: string) {
    this.message = message;
  }
}
class GPUValidationError extends GPUOutOfMemoryError {}

test("out of memory says how much is in use and what helps, without the driver's text", () => {
  const error = uncapturedError(new GPUOutOfMemoryError("vkAllocateMemory failed\n    at Check (/home/x.cpp:98)\n"), 7.5e9);
  expect(error).toBeInstanceOf(DeviceError);
  expect(error.message).toBe(
    "device memory: the device has no more, with 7.50 GB in use by this process. " +
      "Use smaller images, a smaller batch, a narrower network, or checkpoint activations; or end what else uses the device.",
  );
});

test("any other error is one line without places in Dawn's source", () => {
  const text = "Buffer size (9) exceeds the max buffer size limit (8).\n    at Validate (/home/x.cpp:98)\n - While calling [Device].CreateBuffer.\n";
  expect(uncapturedError(new GPUValidationError(text), 0).message).toBe(
    "device: Buffer size (9) exceeds the max buffer size limit (8). While calling [Device].CreateBuffer.",
  );
});

/** The errors that a device reports outside any call, in the words of this product. */
import { DeviceError } from "../errors.js";
import { formatBytes } from "../format.js";

/** What Dawn adds for its own developers: lines with a place in its source. */
const SOURCE_LINE = /\n\s+at [^\n]*/g;

/** A DeviceError for an error that the device reports. `allocatedBytes`: device memory that this process had at that time. */
export function uncapturedError(error: GPUError, allocatedBytes: number): DeviceError {
  if (error.constructor.name === "GPUOutOfMemoryError") {
    return new DeviceError(
      `device memory: the device has no more, with ${formatBytes(allocatedBytes)} in use by this process. ` +
        "Use smaller images, a smaller batch, a narrower network, or checkpoint activations; or end what else uses the device.",
      { cause: error },
    );
  }
  const text = error.message.replace(SOURCE_LINE, "").trim().replaceAll(/\s*\n[\s-]*/g, " ");
  return new DeviceError(`device: ${text}`, { cause: error });
}

/**
 * The base of all errors that this product throws on purpose. The command prints its message without a stack.
 *
 * Each class states its name, because a minified program has other names of classes.
 */
export class CycleGANError extends Error {
  override name = "CycleGANError";
}

/** Shapes or attributes that an op cannot take. */
export class ShapeError extends CycleGANError {
  override name = "ShapeError";
}

/** A tensor, graph or scope used after it was released. */
export class ReleasedError extends CycleGANError {
  override name = "ReleasedError";
}

/**
 * The library used against its rules: a parameter in two optimizers, a promise in `noGrad`, a tensor overwritten that
 * `backward` still needs.
 */
export class MisuseError extends CycleGANError {
  override name = "MisuseError";
}

/** A shader that does not compile, or a dispatch whose arguments do not fit it. */
export class KernelError extends CycleGANError {
  override name = "KernelError";
}

/** No adapter, too little device memory, a lost device, or tensors of two devices in one op. */
export class DeviceError extends CycleGANError {
  override name = "DeviceError";
}

/** A loss, a gradient or a parameter that is NaN or infinite. */
export class NonFiniteError extends CycleGANError {
  override name = "NonFiniteError";
}

/** A weights file or a run folder that cannot be read or does not fit the model. */
export class CheckpointError extends CycleGANError {
  override name = "CheckpointError";
}

/** An image, a folder or a data set that cannot be used. */
export class DataError extends CycleGANError {
  override name = "DataError";
}

/**
 * A file or folder that cannot be reached at the moment, because its disk or its server does not answer. It is no DataError: nothing
 * is wrong with the image, so it must not be left out.
 */
export class UnreachableError extends CycleGANError {
  override name = "UnreachableError";
}

/** A command line, or a value of an option or a setting, that makes no sense. The command exits with 2. */
export class UsageError extends CycleGANError {
  override name = "UsageError";
}

/** What was thrown, as an Error. */
export function errorOf(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

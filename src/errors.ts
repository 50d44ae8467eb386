/** The base of all errors that this product throws on purpose. The command prints its message without a stack. */
export class CycleGANError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** Shapes or attributes that an op cannot take. */
export class ShapeError extends CycleGANError {}

/** A tensor, graph or scope used after it was released. */
export class ReleasedError extends CycleGANError {}

/**
 * The library used against its rules: a parameter in two optimizers, a promise in `noGrad`, a tensor overwritten that
 * `backward` still needs.
 */
export class MisuseError extends CycleGANError {}

/** A shader that does not compile, or a dispatch whose arguments do not fit it. */
export class KernelError extends CycleGANError {}

/** No adapter, too little device memory, a lost device, or tensors of two devices in one op. */
export class DeviceError extends CycleGANError {}

/** A loss, a gradient or a parameter that is NaN or infinite. */
export class NonFiniteError extends CycleGANError {}

/** A weights file or a run folder that cannot be read or does not fit the model. */
export class CheckpointError extends CycleGANError {}

/** An image, a folder or a data set that cannot be used. */
export class DataError extends CycleGANError {}

/**
 * A file or folder that cannot be reached at the moment, because its disk or its server does not answer. It is no DataError: nothing
 * is wrong with the image, so it must not be left out.
 */
export class UnreachableError extends CycleGANError {}

/** A command line, or a value of an option or a setting, that makes no sense. The command exits with 2. */
export class UsageError extends CycleGANError {}

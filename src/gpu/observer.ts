/** Observers, which are called for every op as it is recorded. */
import type { Bindable } from "./kernel-arguments.js";

/** A tensor as an observer sees it. */
export interface Observed extends Bindable {
  readonly label: string;
  readonly shape: readonly number[];
  readonly size: number;
}

/** Tensors by the names that an op gives them. */
export type ObservedByName = Readonly<Record<string, Observed | undefined>>;

/** A computation, with its inputs and outputs. */
export interface Observation {
  /** Name of the op, or of another computation: `adam`, `sum of gradients`. */
  readonly op: string;
  readonly pass: "forward" | "backward" | "update";
  /** The modules around it, as in `G_A.model.10.conv_block.1`. For a backward pass, those around its forward pass. */
  readonly path: string;
  readonly reads: ObservedByName;
  readonly writes: ObservedByName;
}

/** While it is `gpu.observer`, it is called for every op as it is recorded. It may dispatch, but must not change any tensor. */
export interface Observer {
  /** Names of the modules that are running. */
  path: string;
  /** True if it reads values. An op then writes its own gradient instead of adding it to the sum so far. */
  readonly readsValues: boolean;
  /** An op is about to record its kernels. */
  begin?(): void;
  /** An op has recorded its kernels. */
  observe(observation: Observation): void;
}

/** The part of a `Gpu` that these functions need. */
interface Observable {
  readonly observer: Observer | undefined;
}

/** Calls `run`. If there is an observer, `name` is added to its path meanwhile. */
export function within<T>(gpu: Observable, name: string, run: () => T): T {
  const { observer } = gpu;
  if (!observer) return run();
  return at(gpu, observer.path === "" ? name : `${observer.path}.${name}`, run);
}

/** Calls `run`. If there is an observer, its path is `path` meanwhile. */
export function at<T>(gpu: Observable, path: string, run: () => T): T {
  const { observer } = gpu;
  if (!observer) return run();
  const before = observer.path;
  observer.path = path;
  try {
    return run();
  } finally {
    observer.path = before;
  }
}

/** Observers: who is told of every op as it is recorded. */
import type { Bindable } from "./kernel.js";

/** A tensor as an observer sees it. */
export interface Observed extends Bindable {
  readonly label: string;
  readonly shape: readonly number[];
  readonly size: number;
}

/** Tensors by the names that an op gives them. */
export type ObservedByName = Readonly<Record<string, Observed | undefined>>;

/** What was computed, and from what. */
export interface Observation {
  /** Name of the op, or of another computation: `adam`, `sum of gradients`. */
  readonly op: string;
  readonly pass: "forward" | "backward" | "update";
  /** The modules around it, as in `G_A.model.10.conv_block.1`. For a backward pass, those around its forward pass. */
  readonly path: string;
  readonly reads: ObservedByName;
  readonly writes: ObservedByName;
}

/** Is told of every op as it is recorded, while it is `gpu.observer`. It may dispatch, but must not change what it sees. */
export interface Observer {
  /** The modules that run now. */
  path: string;
  /** True if it looks at values: then an op writes its gradient by itself instead of adding it to the sum so far. */
  readonly readsValues: boolean;
  /** An op is about to record its kernels. */
  begin?(): void;
  /** An op has recorded its kernels. */
  observe(observation: Observation): void;
}

/** A `Gpu`, as far as these functions know it. */
interface Observable {
  readonly observer: Observer | undefined;
}

/** Calls `run`. If somebody observes, `name` is part of the path meanwhile. */
export function within<T>(gpu: Observable, name: string, run: () => T): T {
  const { observer } = gpu;
  if (!observer) return run();
  return at(gpu, observer.path === "" ? name : `${observer.path}.${name}`, run);
}

/** Calls `run`. If somebody observes, `path` is the path meanwhile. */
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

/** Replaces src/run/lock.ts: the browser's own locks keep other tabs from a run before it is opened; see `RunStore`. */
import type { RunLock } from "../../run/lock.js";

export const refuseRunning = (): void => {};
export const refuseLocked = (): void => {};
export const outwait = async (): Promise<void> => {};
export const lockRun = (): RunLock => ({ check: () => {}, release: () => {} });

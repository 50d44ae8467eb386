/** Replaces src/driver/machine-memory.ts: a page does not learn how much memory there is. */
export const machineMemory = (): undefined => undefined;

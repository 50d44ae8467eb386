/** Whether the GPU itself failed, so that nothing else would work either. The error's name is that of its class in the worker. */
export function isGpuFailure(error: unknown): boolean {
  return error instanceof Error && error.name === "DeviceError" && /^(device|openGpu):/.test(error.message);
}

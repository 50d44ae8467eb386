/** Observes how a peer uses its devices. */

export interface DeviceProbe {
  readonly counts: () => { readonly dispatches: number; readonly submits: number };
  /** Resolves when the devices have finished all submitted work. */
  readonly wait: () => Promise<void>;
  /** Rejects when a device is lost. */
  readonly lost: Promise<never>;
}

/** Wraps the methods of WebGPU that devices, submits and dispatches go through. Call it before a peer opens its device. */
export function probeDevices(): DeviceProbe {
  const devices: GPUDevice[] = [];
  let [dispatches, submits] = [0, 0];
  let reject: (error: Error) => void = () => {};
  const lost = new Promise<never>((_, rejectLost) => (reject = rejectLost));
  // In a process of Node nobody waits for it.
  lost.catch(() => {});

  const { value: requestDevice } = Object.getOwnPropertyDescriptor(GPUAdapter.prototype, "requestDevice") ?? {};
  GPUAdapter.prototype.requestDevice = async function (descriptor) {
    const device: GPUDevice = await Reflect.apply(requestDevice, this, [descriptor]);
    devices.push(device);
    void device.lost.then(({ message }) => reject(new Error(`its device was lost: ${message || "without a message"}`)));
    return device;
  };
  const { value: submit } = Object.getOwnPropertyDescriptor(GPUQueue.prototype, "submit") ?? {};
  GPUQueue.prototype.submit = function (buffers) {
    submits++;
    return Reflect.apply(submit, this, [buffers]);
  };
  const { value: dispatch } = Object.getOwnPropertyDescriptor(GPUComputePassEncoder.prototype, "dispatchWorkgroups") ?? {};
  GPUComputePassEncoder.prototype.dispatchWorkgroups = function (...sizes) {
    dispatches++;
    return Reflect.apply(dispatch, this, sizes);
  };
  return {
    counts: () => ({ dispatches, submits }),
    wait: async () => void (await Promise.all(devices.map((device) => device.queue.onSubmittedWorkDone()))),
    lost,
  };
}

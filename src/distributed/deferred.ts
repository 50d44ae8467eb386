/** A promise that others settle, until Node 22 is the oldest supported: Promise.withResolvers. */
export interface Deferred {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export function deferred(): Deferred {
  let resolve: Deferred["resolve"] = () => {};
  let reject: Deferred["reject"] = () => {};
  const promise = new Promise<void>((done, failed) => {
    resolve = done;
    reject = failed;
  });
  // Whoever waits gets the error. Until then it must not end the process.
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}

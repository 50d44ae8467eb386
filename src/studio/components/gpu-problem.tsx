import type { JSX } from "preact";

/** Which browsers have WebGPU. */
function Browsers(): JSX.Element {
  return (
    <ul>
      <li>Chrome or Edge 113 or newer on Windows, macOS and ChromeOS; Chrome 121 or newer on Android 12 and later</li>
      <li>Safari 26 or newer on macOS, iPhone and iPad</li>
      <li>Firefox 141 or newer on Windows, 145 or newer on Macs with Apple silicon</li>
      <li>
        on Linux, Chrome with <code>chrome://flags/#enable-unsafe-webgpu</code> and <code>chrome://flags/#enable-vulkan</code> turned on
      </li>
    </ul>
  );
}

/** Says that the browser has no WebGPU, and what to do. */
export function NoWebGpu(): JSX.Element {
  return (
    <section class="card notice" role="alert">
      <h2>This browser cannot compute here</h2>
      {isSecureContext ? (
        <p>The studio computes on your GPU through WebGPU, which this browser does not have, or has turned off. These have it:</p>
      ) : (
        <p>
          Browsers offer WebGPU only to pages over https, or from this machine. Open this page with an address that begins with https:// or
          http://localhost. These browsers then have it:
        </p>
      )}
      <Browsers />
    </section>
  );
}

/** Says that the GPU cannot be used, or was lost, and offers to open it again. */
export function GpuFailed({ message, onReopen }: { readonly message: string; readonly onReopen: () => void }): JSX.Element {
  return (
    <section class="card notice" role="alert">
      <h2>The GPU does not answer</h2>
      <p>{message}</p>
      <div class="buttons">
        <button type="button" class="primary" onClick={onReopen}>
          Open the GPU again
        </button>
      </div>
      <details>
        <summary>Browsers that can use the GPU</summary>
        <Browsers />
      </details>
    </section>
  );
}

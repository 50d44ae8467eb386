import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { formatReport, type DeviceReport } from "../../bench/report.js";
import { formatBytes, formatDuration } from "../../format.js";
import type { BenchSession, BenchState } from "../bench/session.js";

/** The limits and features of the device that kernels depend on, as rows of a table. */
function rowsOf({ features, subgroupMinSize, subgroupMaxSize, ...limits }: DeviceReport): readonly (readonly [string, string])[] {
  const lanes = subgroupMinSize === subgroupMaxSize ? `${subgroupMaxSize} lanes` : `${subgroupMinSize} to ${subgroupMaxSize} lanes`;
  const has = (feature: string): string => (features.includes(feature) ? "yes" : "no");
  return [
    ["Largest buffer", formatBytes(limits.maxBufferSize)],
    ["Largest binding of a kernel", formatBytes(limits.maxStorageBufferBindingSize)],
    ["Memory of a workgroup", `${limits.maxComputeWorkgroupStorageSize / 1024} KiB`],
    ["Invocations of a workgroup", String(limits.maxComputeInvocationsPerWorkgroup)],
    ["Subgroups", subgroupMaxSize > 0 ? lanes : "no"],
    ["float16 (shader-f16)", has("shader-f16")],
    ["Timestamps (timestamp-query)", has("timestamp-query")],
  ];
}

/** How far the measurement is, as a sentence. */
function standing({ measurement, timing, secondsLeft, problem }: BenchState): string {
  switch (measurement) {
    case "none":
      return "";
    case "running": {
      const left = secondsLeft === undefined ? "" : `, about ${formatDuration(secondsLeft)} left`;
      return timing === undefined ? "Opening the GPU." : `Timing: ${timing}${left}.`;
    }
    case "stopped":
      return "Stopped. What was measured is shown below.";
    case "failed":
      return problem ?? "";
    case "done":
      return "Measured.";
  }
}

/** Copies the results, and says whether that worked. */
function CopyButton({ text }: { readonly text: string }): JSX.Element {
  const [outcome, setOutcome] = useState("");
  const copy = (): Promise<void> =>
    navigator.clipboard.writeText(text).then(
      () => setOutcome("Copied as JSON."),
      () => setOutcome("The browser did not allow it. Allow the clipboard for this page, next to the page's address."),
    );
  return (
    <>
      <button type="button" class="primary" onClick={() => void copy()}>
        Copy results
      </button>
      <span role="status">{outcome}</span>
    </>
  );
}

/** The GPU, and its measurement. `isFree`: whether nothing else uses it. */
export function DeviceCard({ session, state, isFree }: { readonly session: BenchSession; readonly state: BenchState; readonly isFree: boolean }): JSX.Element {
  const { gpu, device, measurement, share, report } = state;
  const isRunning = measurement === "running";
  return (
    <section class="card step solid" aria-labelledby="device-heading">
      <h2 id="device-heading">This GPU</h2>
      <p>
        {device ? (
          <>
            <strong class="file">{device.adapter.name || "The browser does not name it"}</strong>
            {device.adapter.isCpu && <span class="badge">software adapter</span>}
            <small>{device.adapter.driver === "unknown" ? "" : device.adapter.driver}</small>
          </>
        ) : (
          gpu === "opening" && "Opening…"
        )}
      </p>
      {measurement !== "none" && (
        <p role={measurement === "failed" ? "alert" : "status"} class={measurement === "failed" ? "problem" : "muted"}>
          {standing(state)}
        </p>
      )}
      {isRunning && <progress aria-label="The measurement" value={share} />}
      <div class="buttons">
        {isRunning ? (
          <button type="button" onClick={() => session.stop()}>
            Stop
          </button>
        ) : (
          <button type="button" class={report ? "" : "primary"} disabled={gpu !== "ready" || !isFree} onClick={() => void session.measure()}>
            {measurement === "none" ? "Measure this GPU" : "Measure again"}
          </button>
        )}
        {report && <CopyButton text={formatReport(report)} />}
      </div>
      {device && (
        <details>
          <summary>Limits and features</summary>
          <table class="limits">
            <tbody>
              {rowsOf(device.device).map(([name, value]) => (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  <td>{value}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </details>
      )}
    </section>
  );
}

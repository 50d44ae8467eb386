import type { JSX } from "preact";
import { formatBytes, formatDuration, formatNumber } from "../../format.js";
import { presets } from "../train/presets.js";
import type { TrainSession, TrainState } from "../train/session.js";
import type { MeasuredCost, PresetCost } from "../worker/trainer-protocol.js";

/** The memory of a preset in words, or why it cannot be chosen. */
function memoryOf(cost: PresetCost | undefined): string {
  if (!cost) return "";
  return "reason" in cost ? `This GPU cannot do it: ${cost.reason}` : `Needs ${formatBytes(cost.bytes)} of GPU memory.`;
}

function measuredWords({ secondsPerStep, steps, bytes, full }: MeasuredCost): string {
  const source = full ? "measured" : "computed from smaller pictures";
  const time = `About ${formatDuration(secondsPerStep * steps)} on this GPU: ${steps} steps of ${formatNumber(secondsPerStep)} s (${source})`;
  return `${time}, with ${formatBytes(bytes)} of GPU memory.`;
}

/** The second step: how much is trained. */
export function PresetStep({ session, state }: { readonly session: TrainSession; readonly state: TrainState }): JSX.Element {
  const { domains, costs, preset, measured, busy } = state;
  const hasPictures = domains.A.length > 0 && domains.B.length > 0;
  const cost = costs[preset];
  const isPossible = hasPictures && busy === undefined && !(cost && "reason" in cost);
  return (
    <section class="card step" aria-labelledby="preset-heading">
      <h2 id="preset-heading">
        <span class="number">2</span> How much
      </h2>
      <fieldset class="presets">
        <legend class="muted">Preset</legend>
        {presets.map(({ id, title, description }) => {
          const known = costs[id];
          return (
            <label class="preset" key={id}>
              <input type="radio" name="preset" checked={id === preset} disabled={known && "reason" in known} onChange={() => session.choose(id)} />
              <span>
                <strong>{title}</strong>
                <small>
                  {description} {memoryOf(known)}
                </small>
              </span>
            </label>
          );
        })}
      </fieldset>
      <div class="buttons more">
        <button type="button" class="primary" disabled={!isPossible} onClick={() => void session.start()}>
          Start training
        </button>
        <button type="button" disabled={!isPossible} onClick={() => void session.measure()}>
          Estimate the time
        </button>
      </div>
      <p role="status">{measured ? measuredWords(measured) : (busy ?? (hasPictures ? "" : "Add pictures of both kinds first."))}</p>
    </section>
  );
}

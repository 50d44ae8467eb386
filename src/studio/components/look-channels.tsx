import type { JSX } from "preact";
import { formatDuration } from "../../format.js";
import { picturesInWords } from "../../look/pictures-in-words.js";
import type { LookSession, LookState } from "../look/session.js";
import type { ShownChannel } from "../worker/look-protocol.js";
import { SkippedFiles } from "./skipped-files.js";
import { useObjectUrl } from "./use-object-url.js";

/** How far the work is, as a sentence. */
function standing({ work, problem, progress, network, gpu, pictures, channels }: LookState): string {
  const waiting = pictures.length === 1 ? "1 picture waits" : `${pictures.length} pictures wait`;
  const found = channels.length === 1 ? "1 channel" : `${channels.length} channels`;
  switch (work) {
    case "none":
      if (pictures.length === 0) return "";
      if (!network) return `${waiting} for a network.`;
      return gpu === "opening" ? `${waiting} for the GPU.` : "";
    case "running": {
      if (!progress) return "Reading the pictures.";
      const { phase, done, total, secondsLeft } = progress;
      const left = secondsLeft === undefined || done === total ? "" : `, about ${formatDuration(secondsLeft)} left`;
      return phase === "search" ? `${done} of ${total} pictures searched${left}.` : `${found} found, ${done} of ${total} activations followed${left}.`;
    }
    case "stopped":
      return `Stopped: ${found} found.`;
    case "failed":
      return problem ?? "";
    case "done":
      return channels.length > 0 ? `${found} found.` : "No picture activates a channel of this layer. Choose another layer or other pictures.";
  }
}

/** A channel: its projections beside the parts of the pictures. */
function ChannelCard({ channel: { channel, activation, names, projections, patches } }: { readonly channel: ShownChannel }): JSX.Element {
  const [left, right] = [useObjectUrl(projections), useObjectUrl(patches)];
  const listed = names.join(", ");
  return (
    <figure class="card">
      <div class="feature">
        {left !== undefined && <img src={left} alt={`projections of channel ${channel}`} />}
        {right !== undefined && <img src={right} alt={`parts of ${listed}`} />}
      </div>
      <figcaption title={listed}>
        channel {channel} · up to {activation} · {listed}
      </figcaption>
    </figure>
  );
}

/** What the channels respond to, and what can be done with the work. */
export function LookChannels({ session, state }: { readonly session: LookSession; readonly state: LookState }): JSX.Element | null {
  const { pictures, skipped, network, settings, work, progress, channels } = state;
  if (pictures.length === 0 && skipped.length === 0) return null;
  const layer = network?.layers.find(({ name }) => name === settings.layer);
  const unread = pictures.filter(({ path }) => skipped.some((one) => one.path === path)).length;
  return (
    <section aria-labelledby="channels-heading">
      <div class="bar">
        <h2 id="channels-heading">Channels</h2>
        <p role={work === "failed" ? "alert" : "status"} class={work === "failed" ? "problem" : ""}>
          {standing(state)}
        </p>
        {work === "running" && (
          <button type="button" onClick={() => void session.stop()}>
            Stop
          </button>
        )}
        {(work === "stopped" || work === "failed") && (
          <button type="button" onClick={() => void session.start()}>
            Look again
          </button>
        )}
        <button type="button" onClick={() => void session.clear()}>
          Clear
        </button>
      </div>
      {work === "running" && <progress aria-label="The look" max={progress?.total ?? 1} value={progress?.done ?? 0} />}
      <SkippedFiles skipped={skipped} />
      {layer && channels.length > 0 && (
        <>
          <p>
            {layer.name} <small>{layer.what}</small>
          </p>
          <p class="muted">
            A value of this layer sees {layer.field}×{layer.field} pixels. {picturesInWords(pictures.length - unread, settings.isGuided)}
          </p>
          {!network?.hasMaxPools && !settings.isGuided && (
            <p class="muted">The network has no max-pools, so a projection hardly depends on the picture. By guided back-propagation it does.</p>
          )}
          <div class="features">
            {channels.map((channel) => (
              <ChannelCard key={channel.channel} channel={channel} />
            ))}
          </div>
        </>
      )}
    </section>
  );
}

import type { JSX } from "preact";
import { formatDuration } from "../../format.js";
import { picturesInWords } from "../../look/pictures-in-words.js";
import type { LookSession, LookState } from "../look/session.js";
import type { NetworkNote, ShownChannel } from "../worker/look-protocol.js";
import { save } from "../files/save.js";
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
      return channels.length > 0 ? `${found} found.` : "No picture activates a channel there. Choose another layer or other pictures.";
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

/** The channels of a layer, if there are any. */
function LayerChannels({ layer: { name, what, field }, channels }: {
  readonly layer: NetworkNote["layers"][number];
  readonly channels: readonly ShownChannel[];
}): JSX.Element | null {
  if (channels.length === 0) return null;
  return (
    <section aria-label={name}>
      <h3>
        {name} <small>{what}</small>
      </h3>
      <p class="muted">
        A value of this layer sees {field}×{field} pixels.
      </p>
      <div class="features">
        {channels.map((channel) => (
          <ChannelCard key={channel.channel} channel={channel} />
        ))}
      </div>
    </section>
  );
}

/** What the channels respond to, and what can be done with the work. */
export function LookChannels({ session, state }: { readonly session: LookSession; readonly state: LookState }): JSX.Element | null {
  const { pictures, skipped, network, settings, work, progress, channels, pictureProblem } = state;
  if (pictures.length === 0 && skipped.length === 0) return null;
  const unread = pictures.filter(({ path }) => skipped.some((one) => one.path === path)).length;
  const savePicture = async (): Promise<void> => {
    const picture = await session.picture();
    if (picture) save(picture, "look.png");
  };
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
        {channels.length > 0 && (
          <button type="button" onClick={() => void savePicture()}>
            Save as one picture
          </button>
        )}
        <button type="button" onClick={() => void session.clear()}>
          Clear
        </button>
      </div>
      {work === "running" && <progress aria-label="The look" max={progress?.total ?? 1} value={progress?.done ?? 0} />}
      {pictureProblem !== undefined && (
        <p role="alert" class="problem">
          {pictureProblem}
        </p>
      )}
      <SkippedFiles skipped={skipped} />
      {network && channels.length > 0 && (
        <>
          <p class="muted">{picturesInWords(pictures.length - unread, settings.isGuided)}</p>
          {!network.hasMaxPools && !settings.isGuided && (
            <p class="muted">The network has no max-pools, so a projection hardly depends on the picture. By guided back-propagation it does.</p>
          )}
          {network.layers.map((layer) => (
            <LayerChannels key={layer.name} layer={layer} channels={channels.filter((channel) => channel.layer === layer.name)} />
          ))}
        </>
      )}
    </section>
  );
}

import type { JSX } from "preact";
import { counts, sideChoices } from "../look/settings.js";
import type { LookSession, LookState } from "../look/session.js";
import { ChoiceList } from "./choice-list.js";

const ways = [
  { name: "by a deconvnet", value: false },
  { name: "by guided back-propagation", value: true },
];

/** How many channels are shown, at which size, and how their signal goes back to the pixels. */
export function LookSettings({ session, state: { network, settings } }: { readonly session: LookSession; readonly state: LookState }): JSX.Element {
  return (
    <details>
      <summary>Channels and size</summary>
      <ChoiceList label="Channels" choices={counts} value={settings.count} onChoose={(count) => void session.change({ count })} />
      {network && <ChoiceList label="Size of pictures" choices={sideChoices(network.sides)} value={settings.side} onChoose={(side) => void session.change({ side })} />}
      <ChoiceList label="Back to the pixels" choices={ways} value={settings.isGuided} onChoose={(isGuided) => void session.change({ isGuided })} />
    </details>
  );
}

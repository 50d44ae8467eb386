import type { JSX } from "preact";
import { memories, sizes } from "../translate/settings.js";
import type { SessionState, TranslateSession } from "../translate/session.js";
import { ChoiceList } from "./choice-list.js";

/** At which size pictures are translated, and with how much memory. */
export function TranslateSettings({ session, state: { settings } }: { readonly session: TranslateSession; readonly state: SessionState }): JSX.Element {
  return (
    <details>
      <summary>Size and memory</summary>
      <ChoiceList label="Shorter side" choices={sizes} value={settings.shorterSide} onChoose={(shorterSide) => void session.change({ shorterSide })} />
      <ChoiceList label="GPU memory" choices={memories} value={settings.memory} onChoose={(memory) => void session.change({ memory })} />
      <p>
        <small>A picture that needs more memory is computed in tiles. That takes longer, and the result is the same.</small>
      </p>
    </details>
  );
}

import type { JSX } from "preact";
import { memories, sizes } from "../translate/settings.js";
import type { SessionState, TranslateSession } from "../translate/session.js";
import { ChoiceList } from "./choice-list.js";
import { PickButton } from "./drop-zone.js";

/** The second step: which pictures, at which size. */
export function PictureStep({ session, state: { settings }, onCamera }: {
  readonly session: TranslateSession;
  readonly state: SessionState;
  readonly onCamera: () => void;
}): JSX.Element {
  return (
    <section class="card step" aria-labelledby="pictures-heading">
      <h2 id="pictures-heading">
        <span class="number">2</span> Pictures
      </h2>
      <p>Drop pictures or whole folders anywhere on this page, paste a picture, or choose here.</p>
      <div class="buttons">
        <PickButton accept="image/*" primary onFiles={(files) => void session.add(files)}>
          Choose pictures
        </PickButton>
        <PickButton folder onFiles={(files) => void session.add(files)}>
          Choose a folder
        </PickButton>
        <button type="button" onClick={onCamera}>
          Use the camera
        </button>
      </div>
      <details>
        <summary>Size and memory</summary>
        <ChoiceList label="Shorter side" choices={sizes} value={settings.shorterSide} onChoose={(shorterSide) => void session.change({ shorterSide })} />
        <ChoiceList label="GPU memory" choices={memories} value={settings.memory} onChoose={(memory) => void session.change({ memory })} />
        <p>
          <small>A picture that needs more memory is computed in tiles. That takes longer, and the result is the same.</small>
        </p>
      </details>
    </section>
  );
}

import type { ComponentChildren, JSX } from "preact";
import type { GivenFile } from "../files/given-file.js";
import { PickButton } from "./drop-zone.js";

/** The second step of a page: which pictures, and how. */
export function PictureStep({ about, buttons, children, onFiles }: {
  readonly about: string;
  /** Other ways to give pictures. */
  readonly buttons?: ComponentChildren;
  /** Settings. */
  readonly children: ComponentChildren;
  readonly onFiles: (files: readonly GivenFile[]) => void;
}): JSX.Element {
  return (
    <section class="card step" aria-labelledby="pictures-heading">
      <h2 id="pictures-heading">
        <span class="number">2</span> Pictures
      </h2>
      <p>{about}</p>
      <div class="buttons">
        <PickButton accept="image/*" primary onFiles={onFiles}>
          Choose pictures
        </PickButton>
        <PickButton folder onFiles={onFiles}>
          Choose a folder
        </PickButton>
        {buttons}
      </div>
      {children}
    </section>
  );
}

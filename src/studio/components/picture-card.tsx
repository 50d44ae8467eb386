import type { JSX } from "preact";
import { save } from "../files/save.js";
import type { Picture } from "../translate/pictures.js";
import { useObjectUrl } from "./use-object-url.js";
import { Wipe } from "./wipe.js";

function stateOf({ state, share }: Picture): string {
  if (state === "waiting") return "waiting";
  return share === undefined ? "translating…" : `translating, ${Math.round(100 * share)} % of its tiles`;
}

/** A picture with its translation, or with what becomes of it. */
export function PictureCard({ picture, resultName }: { readonly picture: Picture; readonly resultName: string }): JSX.Element {
  const { path, file, result, reason } = picture;
  const before = useObjectUrl(file);
  const after = useObjectUrl(result?.file);
  return (
    <li class={`card picture ${picture.state}`}>
      <figure>
        {before !== undefined && after !== undefined ? (
          <Wipe before={before} after={after} name={path} />
        ) : (
          reason === undefined && before !== undefined && <img class="before" src={before} alt={path} />
        )}
        {reason !== undefined && <p class="problem">{reason}</p>}
        <figcaption>
          <span title={path}>{path}</span>
          {result ? (
            <>
              <span class="muted">
                {result.width}×{result.height} · {result.seconds.toFixed(1)} s
              </span>
              <button type="button" aria-label={`Save the translation of ${path}`} onClick={() => save(result.file, resultName.split("/").at(-1) ?? resultName)}>
                Save
              </button>
            </>
          ) : (
            reason === undefined && <span class="muted">{stateOf(picture)}</span>
          )}
        </figcaption>
      </figure>
    </li>
  );
}

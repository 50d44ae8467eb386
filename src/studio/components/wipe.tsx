import type { JSX } from "preact";
import { useState } from "preact/hooks";

/** A picture and its translation over each other, with a line between them that the pointer or the arrow keys move. */
export function Wipe({ before, after, name }: { readonly before: string; readonly after: string; readonly name: string }): JSX.Element {
  const [at, setAt] = useState(50);
  return (
    <div class="wipe" style={{ "--line-at": `${at}%` }}>
      <img src={before} alt={`${name}, the original`} />
      <img class="after" src={after} alt={`${name}, translated`} />
      <input
        type="range"
        min="0"
        max="100"
        step="any"
        value={at}
        aria-label={`Line between the original and the translation of ${name}`}
        onInput={({ currentTarget }) => setAt(Number(currentTarget.value))}
      />
    </div>
  );
}

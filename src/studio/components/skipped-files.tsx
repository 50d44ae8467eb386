import type { JSX } from "preact";
import type { SkippedFile } from "../files/sort-files.js";

/** The files that were not used, each with the reason. */
export function SkippedFiles({ skipped }: { readonly skipped: readonly SkippedFile[] }): JSX.Element | null {
  if (skipped.length === 0) return null;
  return (
    <details>
      <summary>{skipped.length === 1 ? "1 file was not used" : `${skipped.length} files were not used`}</summary>
      <ul class="skipped">
        {skipped.map(({ path, reason }, index) => (
          <li key={index}>
            <strong>{path}</strong>: {reason}
          </li>
        ))}
      </ul>
    </details>
  );
}

import type { ComponentChildren, JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { droppedFiles } from "../files/dropped-files.js";
import { pickedFiles, type GivenFile } from "../files/given-file.js";

type OnFiles = (files: readonly GivenFile[]) => void;

/** A button that opens the browser's dialog for files or a folder. */
export function PickButton({ children, accept, folder = false, primary = false, onFiles }: {
  readonly children: ComponentChildren;
  readonly accept?: string;
  readonly folder?: boolean;
  readonly primary?: boolean;
  readonly onFiles: OnFiles;
}): JSX.Element {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" class={primary ? "primary" : ""} onClick={() => input.current?.click()}>
        {children}
      </button>
      <input
        ref={input}
        type="file"
        hidden
        multiple={!folder}
        accept={accept}
        // Not every browser has folders; there the dialog is one for files.
        {...(folder && { webkitdirectory: true })}
        onChange={({ currentTarget }) => {
          onFiles(pickedFiles(currentTarget));
          // So that the same file can be picked again.
          currentTarget.value = "";
        }}
      />
    </>
  );
}

/** Takes files that are dropped anywhere on the page, or pasted. Returns whether files are being dragged over it. */
export function useDroppedFiles(onFiles: OnFiles): boolean {
  const [isOver, setOver] = useState(false);
  // From the first moment that the page is seen.
  useLayoutEffect(() => {
    const listening = new AbortController();
    const { signal } = listening;
    const take = (transfer: DataTransfer | null): void => {
      if (transfer) void droppedFiles(transfer).then((files) => files.length > 0 && onFiles(files));
    };
    const hasFiles = ({ dataTransfer }: DragEvent): boolean => dataTransfer?.types.includes("Files") === true;
    addEventListener("dragover", (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setOver(true);
    }, { signal });
    addEventListener("dragleave", (event) => event.relatedTarget === null && setOver(false), { signal });
    addEventListener("drop", (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setOver(false);
      take(event.dataTransfer);
    }, { signal });
    addEventListener("paste", ({ clipboardData }) => take(clipboardData), { signal });
    return () => listening.abort();
  }, [onFiles]);
  return isOver;
}

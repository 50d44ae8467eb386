/** Starts the worker for a page. */
import { proxy, transfer, wrap } from "comlink";
import type { Translator } from "./protocol.js";

/** A worker that can be ended. */
export interface OpenTranslator extends Translator {
  /** Ends the worker, also in the middle of its work. What was asked of it is never answered. */
  close(): void;
}

/** Starts the worker. Its script is a file beside those of the page. */
export function openTranslator(): OpenTranslator {
  const worker = new Worker(new URL("./translator.js", import.meta.url), { type: "module" });
  const remote = wrap<Translator>(worker);
  const broken = new Promise<never>((_, reject) => {
    worker.addEventListener("error", () => reject(new Error("translator.js could not be started. Load the page again.")));
  });
  return {
    open: () => Promise.race([remote.open(), broken]),
    load: (file, name, direction) => remote.load(file, name, direction),
    translate: (picture, name, settings, onTile) => remote.translate(picture, name, settings, proxy(onTile)),
    translateFrame: (frame) => remote.translateFrame(transfer(frame, [frame.data.buffer])),
    stop: () => remote.stop(),
    close: () => worker.terminate(),
  };
}

/** Shows what the worker computes. The page only loads the worker's address, so it is there at once. */
import type { Message } from "./messages.js";

const log = document.getElementById("log");
const print = (line: string): void => log?.append(`${line}\n`);

const worker = new Worker(new URL("worker.ts", import.meta.url), { type: "module" });
worker.addEventListener("message", ({ data }: MessageEvent<Message>) => {
  if (data.kind === "step") print(`step ${data.step}: loss ${data.loss.toExponential(1)}`);
  else if (data.kind === "failed") print(data.message);
  else print(`kernel ${data.kernel.map((value) => value.toFixed(3)).join(" ")}\ndone`);
});
worker.addEventListener("error", ({ message }) => print(`The worker cannot be loaded. ${message}`));

/** Calls the studio's training worker from an empty page of its origin. */
import { openTrainer } from "../../src/studio/worker/open-trainer.js";
import { filesInArchive } from "../../src/studio/worker/run-archive.js";

interface Image {
  readonly name: string;
  readonly bytes: number[];
}

const trainer = openTrainer(new URL("trainer.js", location.href));
const reports = { onProgress: () => {}, onMessage: () => {}, onProblem: () => {} };
const given = (images: readonly Image[]): { path: string; file: File }[] =>
  images.map(({ name, bytes }) => ({ path: name, file: new File([Uint8Array.from(bytes)], name) }));

async function files(): Promise<Map<string, File>> {
  const archive = await trainer.archive();
  return new Map((await filesInArchive(new File([archive], "run.zip"))).map(({ path, file }) => [path, file]));
}

async function digestOf(file: File): Promise<string> {
  return [...new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

Object.assign(globalThis, {
  harness: {
    start: async (name: string, settings: object, images: Record<"A" | "B", Image[]>) =>
      void (await trainer.start(name, { ...settings }, { A: given(images.A), B: given(images.B) }, reports)),
    resume: async (name: string) => void (await trainer.resume(name, reports)),
    keptStep: async (name: string) => (await trainer.runs()).find((run) => run.name === name)?.step ?? 0,
    digests: async () => Object.fromEntries(await Promise.all([...(await files())].map(async ([path, file]) => [path, await digestOf(file)] as const))),
    text: async (path: string) => (await files()).get(path)?.text(),
  },
});

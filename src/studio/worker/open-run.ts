/** The run that the training worker has open: its files in the worker's tree, and where they are kept. */
import { UsageError } from "../../errors.js";
import { readSafetensors } from "../../io/safetensors.js";
import { writeWeightBytes } from "../../models/networks/write-weight-bytes.js";
import { presentationOf } from "../../report/presentation.js";
import { openRunReader, type Cursors, type RunReader } from "../../report/run-reader.js";
import { samplePath, runFolder, readRunConfig } from "../../run/folder.js";
import { modelOf, translatorOf } from "../../run/options.js";
import { bytesOf } from "../disk/file-tree.js";
import type { RunNote } from "../disk/kept-index.js";
import { folderOf } from "../disk/origin-runs.js";
import { startKeeper, type RunKeeper } from "../disk/run-keeper.js";
import { RunStore } from "../disk/run-store.js";
import { existsSync, tree } from "../platform/fs.js";
import type { RunView, SavedGenerator, WeightFormat } from "./trainer-protocol.js";

/** Where a run is in the tree, as in the folder in which the command trains. */
export const runPath = (name: string): string => `runs/${name}`;

/** Where its pictures are. */
export const dataPath = (name: string): string => `data/${name}`;

function latestWeights(checkpoints: string, network: string): string {
  return `${checkpoints}/latest_net_${network}.safetensors`;
}

/** Takes the lock of a run for this tab. Returns what gives it back. Throws a UsageError if another tab keeps it. */
export function lockForTab(name: string): Promise<() => void> {
  return new Promise((resolve, reject) => {
    // The worker of a page that was just closed, or one that was ended, may still hold it for a moment.
    const signal = AbortSignal.timeout(20_000);
    const hold = (): Promise<void> => new Promise((release) => resolve(release));
    navigator.locks.request(`cyclegan run ${name}`, { signal }, hold).catch(() => {
      reject(new UsageError(`${name}: another tab has this run open. Close it there first.`));
    });
  });
}

export class OpenRun {
  readonly name: string;
  readonly keeper: RunKeeper;
  note: RunNote;
  readonly #unlock: () => void;
  #reader: RunReader | undefined;

  private constructor(name: string, store: RunStore, note: RunNote, unlock: () => void, onProblem: (error: unknown) => void) {
    this.name = name;
    this.note = note;
    this.#unlock = unlock;
    this.keeper = startKeeper(tree, store, () => ({ ...this.note, changed: Date.now() }), onProblem);
  }

  /** Opens a run. Without one of that name it is empty. Throws a UsageError if another tab has it open. */
  static async open(name: string, onProblem: (error: unknown) => void): Promise<OpenRun> {
    const unlock = await lockForTab(name);
    try {
      const store = new RunStore(await folderOf(name), tree);
      const note = (await store.load()) ?? { title: "", step: 0, totalSteps: 0, isStopped: false, changed: 0 };
      return new OpenRun(name, store, note, unlock, onProblem);
    } catch (error) {
      unlock();
      throw error;
    }
  }

  /** Whether there is a run, or only its pictures. */
  get isTrained(): boolean {
    return existsSync(runFolder(runPath(this.name)).config);
  }

  async view(cursors: Cursors): Promise<RunView | undefined> {
    if (!this.isTrained) return undefined;
    const path = runPath(this.name);
    const config = readRunConfig(path);
    const presentation = presentationOf(modelOf(config), config);
    this.#reader ??= openRunReader(path, presentation.charts);
    return { presentation, data: await this.#reader.read(cursors), generators: this.#generators() };
  }

  #generators(): SavedGenerator[] {
    const { checkpoints } = runFolder(runPath(this.name));
    const config = readRunConfig(runPath(this.name));
    return (["AtoB", "BtoA"] as const).flatMap((direction) => {
      const network = translatorOf(config, direction);
      return network !== undefined && existsSync(latestWeights(checkpoints, network)) ? [{ network, direction, size: config.cropSize }] : [];
    });
  }

  /** The newest saved weights of a network. */
  async weights(network: string, format: WeightFormat): Promise<Uint8Array> {
    const path = latestWeights(runFolder(runPath(this.name)).checkpoints, network);
    return writeWeightBytes(readSafetensors(bytesOf(tree.read(path)), path), `${network}.${format}`);
  }

  sample(step: number): Blob {
    const content = tree.read(samplePath(runFolder(runPath(this.name)), step));
    return content instanceof Blob ? content : new Blob([Uint8Array.from(content)], { type: "image/png" });
  }

  /** Keeps what has changed, and lets other tabs open the run. */
  async close(): Promise<void> {
    await this.keeper.flush();
    this.release();
  }

  /** Lets other tabs open the run, and keeps nothing more. */
  release(): void {
    this.keeper.stop();
    this.#unlock();
  }
}

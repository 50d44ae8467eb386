/** The page Look without its looks: the network, the pictures, and what its channels respond to in them. */
import { createRate } from "../../rate.js";
import type { GivenFile } from "../files/given-file.js";
import { shippedFile, type ShippedFile } from "../files/shipped-generators.js";
import { sortFiles, type SkippedFile } from "../files/sort-files.js";
import { messageOf } from "../message.js";
import { Session } from "../session.js";
import { isGpuFailure } from "../worker/gpu-failure.js";
import type { LookEvent, LookSettings, NetworkNote, ShownChannel } from "../worker/look-protocol.js";
import type { OpenLooker } from "../worker/open-looker.js";
import { settingsFor } from "./settings.js";

export interface LookProgress {
  readonly phase: "search" | "projection";
  readonly done: number;
  readonly total: number;
  readonly secondsLeft?: number;
}

export interface LookState {
  /** `failed`: there is no GPU, or it was lost. */
  readonly gpu: "opening" | "ready" | "failed";
  /** Why the GPU failed. */
  readonly gpuProblem?: string;
  readonly network?: NetworkNote;
  /** The name of the file of weights that is being loaded. */
  readonly loading?: string;
  /** Why weights could not be used. */
  readonly weightProblem?: string;
  readonly pictures: readonly GivenFile[];
  /** Files that are neither pictures nor weights, and pictures that cannot be read. */
  readonly skipped: readonly SkippedFile[];
  readonly settings: LookSettings;
  readonly work: "none" | "running" | "stopped" | "failed" | "done";
  /** Why the work failed. */
  readonly problem?: string;
  readonly progress?: LookProgress;
  readonly channels: readonly ShownChannel[];
  /** Why the picture of all channels could not be made. */
  readonly pictureProblem?: string;
}

/** A file of weights. */
interface Weights extends GivenFile {
  /** Of shipped ones: what they do. */
  readonly title?: string;
}

export class LookSession extends Session<LookState> {
  readonly #open: () => OpenLooker;
  #looker: OpenLooker;
  /** The weights in use, to load them again after the GPU was lost. */
  #weights: Weights | undefined;
  /** Counts the looks. What an earlier one tells is dropped. */
  #look = 0;

  /** Starts a worker and opens the GPU. */
  constructor(open: () => OpenLooker, settings: LookSettings) {
    super({ gpu: "opening", pictures: [], skipped: [], settings, work: "none", channels: [] });
    this.#open = open;
    this.#looker = open();
    void this.#openGpu();
  }

  /** Takes files of any kind: the weights of a network, and pictures to look at. */
  async add(files: readonly GivenFile[]): Promise<void> {
    const { pictures, weights, skipped } = sortFiles(files);
    this.set({ pictures: [...this.state.pictures, ...pictures], skipped: [...this.state.skipped, ...skipped] });
    await (weights ? this.load(weights) : this.start());
  }

  /** Loads a file of weights, by default the first network in it. The pictures are then looked at again. */
  async load(weights: Weights, prefix?: string): Promise<void> {
    this.#setLoading(weights.path);
    await this.#looker.stop();
    try {
      const bytes = new Uint8Array(await weights.file.arrayBuffer());
      const loaded = await this.#looker.load(bytes, weights.file.name, prefix);
      const network = { ...loaded, name: weights.title ?? loaded.name };
      this.#weights = weights;
      this.set({ network, settings: settingsFor(network, this.state.settings) });
    } catch (error) {
      if (isGpuFailure(error)) this.#failGpu(error);
      else this.set({ weightProblem: messageOf(error) });
    }
    this.#setLoading(undefined);
    await this.start();
  }

  /** Loads a network that is hosted beside the page, and makes pictures as small as those that it was trained on. */
  async loadShipped({ path, title }: ShippedFile, side: number): Promise<void> {
    this.#setLoading(title);
    try {
      const weights = { ...(await shippedFile(path)), title };
      this.set({ settings: { ...this.state.settings, side } });
      await this.load(weights);
    } catch (error) {
      this.#setLoading(undefined);
      this.set({ weightProblem: messageOf(error) });
    }
  }

  /** Looks into another network of the file. */
  async choose(prefix: string): Promise<void> {
    if (this.#weights) await this.load(this.#weights, prefix);
  }

  /** Changes the settings, and looks at all pictures again. */
  async change(settings: Partial<LookSettings>): Promise<void> {
    this.set({ settings: { ...this.state.settings, ...settings } });
    await this.start();
  }

  /** Looks at all pictures, once there are a network and pictures. */
  async start(): Promise<void> {
    const look = ++this.#look;
    const looker = this.#looker;
    await looker.stop();
    const { gpu, network, loading, pictures, settings } = this.state;
    if (look !== this.#look || gpu !== "ready" || !network || loading !== undefined || pictures.length === 0) return;
    const { progress: _, problem: __, pictureProblem: ___, ...rest } = this.state;
    this.replace({ ...rest, work: "running", channels: [] });
    const take = createTaker();
    const isCurrent = (): boolean => look === this.#look && looker === this.#looker;
    try {
      const named = pictures.map(({ path, file }) => ({ name: path, file }));
      await looker.look(named, settings, (event) => isCurrent() && this.set(take(this.state, event)));
      if (isCurrent()) this.#end({ work: "done" });
    } catch (error) {
      if (!isCurrent()) return;
      if (isGpuFailure(error)) this.#failGpu(error);
      this.#end({ work: "failed", problem: messageOf(error) });
    }
  }

  /** Ends the look after the current picture. The channels that are finished stay. */
  async stop(): Promise<void> {
    this.#look++;
    this.#end({ work: "stopped" });
    await this.#looker.stop();
  }

  /** All channels that are shown in one picture, a PNG file; undefined if that fails. */
  async picture(): Promise<Blob | undefined> {
    try {
      const picture = await this.#looker.picture();
      const { pictureProblem: _, ...rest } = this.state;
      this.replace(rest);
      return picture;
    } catch (error) {
      this.set({ pictureProblem: messageOf(error) });
      return undefined;
    }
  }

  /** Removes all pictures, what was found in them, and the list of skipped files. */
  async clear(): Promise<void> {
    this.#look++;
    this.#end({ work: "none", pictures: [], skipped: [], channels: [] });
    await this.#looker.stop();
  }

  /** Starts another worker with the same network, after the GPU was lost. */
  async reopen(): Promise<void> {
    this.#looker.close();
    this.#looker = this.#open();
    const { gpuProblem: _, ...rest } = this.state;
    this.replace({ ...rest, gpu: "opening" });
    await this.#openGpu();
    if (this.state.gpu === "ready" && this.#weights) await this.load(this.#weights, this.state.network?.prefix);
  }

  async #openGpu(): Promise<void> {
    try {
      await this.#looker.open();
      this.set({ gpu: "ready" });
      await this.start();
    } catch (error) {
      this.#failGpu(error);
    }
  }

  /** The beginning of loading, which ends what was said of the last weights, or its end. */
  #setLoading(path: string | undefined): void {
    const { loading: _, ...others } = this.state;
    if (path === undefined) return this.replace(others);
    const { weightProblem: __, ...rest } = others;
    this.replace({ ...rest, loading: path });
  }

  #failGpu(error: unknown): void {
    this.set({ gpu: "failed", gpuProblem: messageOf(error) });
  }

  #end(changes: Partial<LookState>): void {
    const { progress: _, ...rest } = this.state;
    this.replace({ ...rest, ...changes });
  }
}

/** Returns what an event changes. A picture that cannot be read is listed once, however often it is looked at. */
function createTaker(): (state: LookState, event: LookEvent) => Partial<LookState> {
  let [phase, rate] = ["search", createRate()];
  return ({ channels, skipped }, event) => {
    switch (event.kind) {
      case "channel":
        return { channels: [...channels, event.channel] };
      case "skipped":
        return skipped.some(({ path }) => path === event.path) ? {} : { skipped: [...skipped, { path: event.path, reason: event.reason }] };
      case "progress": {
        if (event.phase !== phase) [phase, rate] = [event.phase, createRate()];
        rate.note(event.done, performance.now() / 1000);
        const perSecond = rate.perSecond();
        const left = perSecond === undefined ? {} : { secondsLeft: (event.total - event.done) / perSecond };
        return { progress: { phase: event.phase, done: event.done, total: event.total, ...left } };
      }
    }
  };
}

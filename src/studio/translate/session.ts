/** The Translate page without its looks: the generator, the pictures, and the work on them. */
import { createRate } from "../../rate.js";
import type { Direction } from "../../models/networks/recognise-generator.js";
import type { GivenFile } from "../files/given-file.js";
import { shippedFile, type ShippedFile } from "../files/shipped-generators.js";
import { sortFiles, type SkippedFile } from "../files/sort-files.js";
import type { OpenTranslator } from "../worker/open-translator.js";
import type { GeneratorNote, TranslateSettings } from "../worker/protocol.js";
import { messageOf } from "../message.js";
import { Session } from "../session.js";
import { isGpuFailure } from "../worker/gpu-failure.js";
import { change, countOf, untouched, type Picture } from "./pictures.js";

export interface SessionState {
  /** `failed`: there is no GPU, or it was lost. */
  readonly gpu: "opening" | "ready" | "failed";
  /** Why the GPU failed. */
  readonly gpuProblem?: string;
  readonly generator?: GeneratorNote;
  /** The name of the file of weights that is being loaded. */
  readonly loading?: string;
  /** Why weights could not be used. */
  readonly weightProblem?: string;
  readonly pictures: readonly Picture[];
  readonly skipped: readonly SkippedFile[];
  readonly settings: TranslateSettings;
  /** Whether waiting pictures are not to be translated for now. */
  readonly isStopped: boolean;
  readonly secondsLeft?: number;
}

/** A file of weights. */
interface Weights extends GivenFile {
  /** Of shipped ones: what they do, and the size of the pictures that they were trained on. */
  readonly shipped?: { readonly title: string; readonly shorterSide: number };
}

export class TranslateSession extends Session<SessionState> {
  readonly #open: () => OpenTranslator;
  #translator: OpenTranslator;
  /** The weights in use, to load them again for another direction or after the GPU was lost. */
  #weights: Weights | undefined;
  /** The size that was set before a shipped generator brought its own. */
  #sizeBefore: Pick<TranslateSettings, "shorterSide"> | undefined;
  #nextId = 0;
  #isWorking = false;

  /** Starts a worker and opens the GPU. */
  constructor(open: () => OpenTranslator, settings: TranslateSettings) {
    super({ gpu: "opening", pictures: [], skipped: [], settings, isStopped: false });
    this.#open = open;
    this.#translator = open();
    void this.#openGpu(this.#translator);
  }

  /** Takes files of any kind: the weights of a generator, and pictures to translate. */
  async add(files: readonly GivenFile[]): Promise<void> {
    const { pictures, weights, skipped } = sortFiles(files);
    const added = pictures.map(({ path, file }): Picture => ({ id: this.#nextId++, path, file, state: "waiting" }));
    this.set({ pictures: [...this.state.pictures, ...added], skipped: [...this.state.skipped, ...skipped], isStopped: false });
    if (weights) await this.load(weights);
    await this.#work();
  }

  /** Loads a file of weights. Pictures are then translated again. */
  async load(weights: Weights, direction: Direction = "AtoB"): Promise<void> {
    this.#setLoading(weights.path);
    await this.#translator.stop();
    const translator = this.#translator;
    try {
      const bytes = new Uint8Array(await weights.file.arrayBuffer());
      const loaded = await translator.load(bytes, weights.file.name, direction);
      const generator = { ...loaded, name: weights.shipped?.title ?? loaded.name };
      const settings = this.#settingsFor(weights);
      this.#weights = weights;
      this.set({ generator, settings, pictures: this.state.pictures.map(untouched), isStopped: false });
    } catch (error) {
      if (isGpuFailure(error)) this.#failGpu(error);
      else this.set({ weightProblem: messageOf(error) });
    }
    this.#setLoading(undefined);
    await this.#work();
  }

  /** Loads a generator that is hosted beside the page, and makes pictures as small as those that it was trained on. */
  async loadShipped({ path, title, direction }: ShippedFile, shorterSide: number): Promise<void> {
    this.#setLoading(title);
    try {
      await this.load({ ...(await shippedFile(path)), shipped: { title, shorterSide } }, direction);
    } catch (error) {
      this.#setLoading(undefined);
      this.set({ weightProblem: messageOf(error) });
    }
  }

  /** Translates a frame of the camera. */
  async translateFrame(frame: ImageData): Promise<ImageData> {
    try {
      return await this.#translator.translateFrame(frame);
    } catch (error) {
      if (isGpuFailure(error)) this.#failGpu(error);
      throw error;
    }
  }

  /** Translates in this direction from now on, and all pictures again. */
  async turn(direction: Direction): Promise<void> {
    if (this.#weights) await this.load(this.#weights, direction);
  }

  /** Changes the settings, and translates all pictures again. */
  async change(settings: Partial<TranslateSettings>): Promise<void> {
    await this.#translator.stop();
    this.set({ settings: { ...this.state.settings, ...settings }, pictures: this.state.pictures.map(untouched) });
    await this.#work();
  }

  /** Stops after the current picture, or the current tile of it. */
  async stop(): Promise<void> {
    this.set({ isStopped: true });
    await this.#translator.stop();
  }

  /** Goes on with waiting pictures. */
  async resume(): Promise<void> {
    this.set({ isStopped: false });
    await this.#work();
  }

  /** Removes all pictures, and the list of skipped files. */
  async clear(): Promise<void> {
    await this.#translator.stop();
    this.set({ pictures: [], skipped: [] });
  }

  /** Starts another worker with the same generator, after the GPU was lost. */
  async reopen(): Promise<void> {
    this.#translator.close();
    this.#translator = this.#open();
    this.#isWorking = false;
    const { gpuProblem: _, ...rest } = this.state;
    this.replace({ ...rest, gpu: "opening" });
    await this.#openGpu(this.#translator);
    if (this.state.gpu === "ready" && this.#weights) await this.load(this.#weights, this.state.generator?.direction);
  }

  async #openGpu(translator: OpenTranslator): Promise<void> {
    try {
      await translator.open();
      this.set({ gpu: "ready" });
      await this.#work();
    } catch (error) {
      this.#failGpu(error);
    }
  }

  /** The settings for weights that are in use from now on: with the size that shipped ones bring, or the one before it. */
  #settingsFor(weights: Weights): TranslateSettings {
    const { settings } = this.state;
    if (weights === this.#weights) return settings;
    this.#sizeBefore ??= { shorterSide: settings.shorterSide };
    if (weights.shipped) return { ...settings, shorterSide: weights.shipped.shorterSide };
    const before = this.#sizeBefore;
    this.#sizeBefore = undefined;
    return { ...settings, ...before };
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

  /** Translates what waits, one picture after the other. */
  async #work(): Promise<void> {
    if (this.#isWorking) return;
    this.#isWorking = true;
    const translator = this.#translator;
    const rate = createRate();
    for (let done = 0; translator === this.#translator; done++) {
      const { gpu, generator, loading, isStopped, pictures } = this.state;
      const next = pictures.find(({ state }) => state === "waiting");
      if (!next || gpu !== "ready" || !generator || loading !== undefined || isStopped) break;
      rate.note(done, performance.now() / 1000);
      const perSecond = rate.perSecond();
      if (perSecond !== undefined) this.set({ secondsLeft: countOf(pictures, "waiting") / perSecond });
      await this.#translate(translator, next);
    }
    const { secondsLeft: _, ...rest } = this.state;
    this.replace(rest);
    if (translator === this.#translator) this.#isWorking = false;
  }

  /** Translates one picture. Its result is dropped if the generator or the settings have changed since. */
  async #translate(translator: OpenTranslator, { id, file }: Picture): Promise<void> {
    const { generator, settings } = this.state;
    const isCurrent = (): boolean => translator === this.#translator && generator === this.state.generator && settings === this.state.settings;
    const update = (next: Partial<Picture>): void => {
      if (isCurrent()) this.set({ pictures: change(this.state.pictures, id, (picture) => ({ ...picture, ...next })) });
    };
    update({ state: "working" });
    try {
      const result = await translator.translate(file, file.name, settings, (done, total) => update({ share: done / total }));
      update({ state: "done", result });
    } catch (error) {
      const wasStopped = error instanceof Error && error.name === "AbortError";
      if (isGpuFailure(error) && translator === this.#translator) this.#failGpu(error);
      if (!isCurrent()) return;
      this.set({
        pictures: change(this.state.pictures, id, (picture) =>
          wasStopped || isGpuFailure(error) ? untouched(picture) : { ...untouched(picture), state: "failed", reason: messageOf(error) }),
      });
    }
  }
}

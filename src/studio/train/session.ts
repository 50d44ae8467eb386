/** The Train page without its looks: pictures, settings, the runs that the browser keeps, and the run that is open. */
import type { Settings } from "../../models/model.js";
import type { Cursors } from "../../report/run-reader.js";
import type { TrainProgress } from "../../training/progress.js";
import type { StoredRun } from "../disk/origin-runs.js";
import type { GivenFile } from "../files/given-file.js";
import { sortFiles, type SkippedFile } from "../files/sort-files.js";
import { messageOf } from "../message.js";
import { Session } from "../session.js";
import type { OpenTrainer } from "../worker/open-trainer.js";
import type { Domains, MeasuredCost, PresetCost, RunView, TrainEnd, TrainReports, WeightFormat } from "../worker/trainer-protocol.js";
import { besideTraining, freeName, noPictures, picturesFor, sortDomains } from "./domains.js";
import { presetOf, presets, type Preset } from "./presets.js";

/** The run that the page shows. */
export interface ShownRun {
  readonly name: string;
  /** `failed`: the training ended with an error; what was saved before is whole. */
  readonly phase: "training" | "saving" | TrainEnd | "failed";
  readonly progress?: TrainProgress;
  /** The newest message. */
  readonly message?: string;
  /** Why it failed, or what endangers it. */
  readonly problem?: string;
}

export interface TrainState {
  readonly runs: readonly StoredRun[];
  readonly domains: Domains;
  readonly skipped: readonly SkippedFile[];
  readonly preset: Preset["id"];
  /** The memory of each preset, as far as it is known. */
  readonly costs: Readonly<Partial<Record<Preset["id"], PresetCost>>>;
  /** What the chosen preset was measured to cost on these pictures. */
  readonly measured: MeasuredCost | undefined;
  /** What the page is doing besides training, in words. */
  readonly busy: string | undefined;
  /** What went wrong. */
  readonly problem: string | undefined;
  readonly run: ShownRun | undefined;
}

/** What the session needs of the browser. */
export interface TrainPlatform {
  readonly open: () => OpenTrainer;
  /** Asks that what the site keeps is not removed when space is short. */
  readonly persist: () => Promise<unknown>;
}

/** Whether these files are of a run and not pictures: a zip archive, or a folder with settings and checkpoints. */
function areOfRun(files: readonly GivenFile[]): boolean {
  return files.some(({ path }) => /\.zip$/i.test(path)) || files.some(({ path }) => /(^|\/)config\.json$/.test(path));
}

/** How the training of a stored run has ended. One that a reload interrupted counts as paused. */
function endOf({ step, totalSteps, isStopped }: StoredRun): TrainEnd {
  if (totalSteps > 0 && step >= totalSteps) return "ended";
  return isStopped ? "stopped" : "paused";
}

export class TrainSession extends Session<TrainState> {
  readonly #platform: TrainPlatform;
  #trainer: OpenTrainer;

  /** Starts a worker. `shown`: the run that was open before the page was loaded again. */
  constructor(platform: TrainPlatform, shown?: string) {
    super({ runs: [], domains: noPictures, skipped: [], preset: "quick", costs: {}, measured: undefined, busy: undefined, problem: undefined, run: undefined });
    this.#platform = platform;
    this.#trainer = platform.open();
    void this.#begin(shown);
  }

  /** Takes files that were dropped on the page: pictures of both domains, or a run. */
  async add(files: readonly GivenFile[]): Promise<void> {
    if (this.state.run) return;
    if (areOfRun(files)) return this.#work("Reading the run…", async () => this.#show(await this.#trainer.import(files)));
    const { pictures, skipped } = sortFiles(files);
    this.#setDomains(sortDomains(pictures, this.state.domains), [...skipped, ...besideTraining(pictures)]);
  }

  /** Takes the pictures of a domain. */
  give(domain: "A" | "B", files: readonly GivenFile[]): void {
    const { pictures, skipped } = sortFiles(files);
    this.#setDomains({ ...this.state.domains, [domain]: picturesFor(pictures) }, skipped);
  }

  /** Draws pictures. */
  async draw(): Promise<void> {
    await this.#work("Drawing landscapes…", async () => this.#setDomains(await this.#trainer.draw(), []));
  }

  choose(preset: Preset["id"]): void {
    this.set({ preset, measured: undefined });
  }

  /** Measures the chosen preset on the pictures. */
  async measure(): Promise<void> {
    const { domains } = this.state;
    await this.#work("Measuring a few steps…", async () => {
      const measured = await this.#trainer.measure(this.#settings, domains, () => {});
      this.set({ measured });
    });
  }

  /** Begins a run. */
  async start(): Promise<void> {
    const { domains, preset, runs } = this.state;
    const name = freeName(preset, runs.map((run) => run.name));
    void this.#platform.persist();
    await this.#train(name, (reports) => this.#trainer.start(name, this.#settings, domains, reports));
  }

  /** Opens a run to look at it. */
  async show(name: string): Promise<void> {
    await this.#work("Opening the run…", () => this.#show(name));
  }

  /** Continues the open run. */
  async resume(): Promise<void> {
    const { run, busy } = this.state;
    if (!run || busy !== undefined) return;
    // A lost device does not come back to a worker that had it.
    if (run.phase === "failed") this.#reopen();
    await this.#train(run.name, (reports) => this.#trainer.resume(run.name, reports));
  }

  /** Ends the training after the current step, and saves it. */
  async pause(): Promise<void> {
    if (this.#beginSaving()) await this.#trainer.pause();
  }

  /** As `pause`, and the run counts as stopped until it goes on. */
  async stop(): Promise<void> {
    if (this.#beginSaving()) await this.#trainer.stop();
  }

  /** Goes back to the list of runs. */
  async leave(): Promise<void> {
    if (this.isTraining) return;
    this.set({ run: undefined });
    await this.#work("Closing the run…", () => this.#trainer.leave());
    await this.#listRuns();
  }

  async remove(name: string): Promise<void> {
    await this.#work("Removing the run…", async () => {
      await this.#trainer.remove(name);
      if (this.state.run?.name === name) this.set({ run: undefined });
    });
    await this.#listRuns();
  }

  /** What is new of the open run. */
  view(cursors: Cursors): Promise<RunView | undefined> {
    return this.#trainer.view(cursors);
  }

  sample(step: number): Promise<Blob> {
    return this.#trainer.sample(step);
  }

  /** A file of a generator of the open run; undefined if that fails. */
  async weights(network: string, format: WeightFormat): Promise<Blob | undefined> {
    let file: Blob | undefined;
    await this.#work(`Writing ${network}.${format}…`, async () => {
      file = new Blob([Uint8Array.from(await this.#trainer.weights(network, format))]);
    });
    return file;
  }

  /** The open run as a zip archive; undefined if that fails. */
  async archive(): Promise<Blob | undefined> {
    let file: Blob | undefined;
    await this.#work("Packing the run…", async () => {
      file = await this.#trainer.archive();
    });
    return file;
  }

  /** Whether the open run is being trained. */
  get isTraining(): boolean {
    const phase = this.state.run?.phase;
    return phase === "training" || phase === "saving";
  }

  /** The settings of the chosen preset for the pictures that were given. */
  get #settings(): Settings {
    const { domains, preset } = this.state;
    return presetOf(preset).settings(Math.max(domains.A.length, domains.B.length));
  }

  /** False if there is nothing to save. */
  #beginSaving(): boolean {
    const { run } = this.state;
    if (run?.phase !== "training") return false;
    this.set({ run: { ...run, phase: "saving" } });
    return true;
  }

  async #begin(shown: string | undefined): Promise<void> {
    await this.#listRuns();
    if (shown !== undefined && this.state.runs.some(({ name }) => name === shown)) await this.show(shown);
    try {
      const costs = await this.#trainer.costs(presets.map((preset) => ({ ...preset.settings(1), a: "A", b: "B" })));
      this.set({ costs: Object.fromEntries(presets.map(({ id }, index) => [id, costs[index]])) });
    } catch (error) {
      this.set({ problem: messageOf(error) });
    }
  }

  async #listRuns(): Promise<void> {
    try {
      this.set({ runs: await this.#trainer.runs() });
    } catch (error) {
      this.set({ problem: messageOf(error) });
    }
  }

  async #show(name: string): Promise<void> {
    await this.#trainer.show(name);
    await this.#listRuns();
    const stored = this.state.runs.find((run) => run.name === name);
    this.set({ run: { name, phase: stored ? endOf(stored) : "paused" } });
  }

  async #train(name: string, train: (reports: TrainReports) => Promise<TrainEnd>): Promise<void> {
    const change = (changes: Partial<ShownRun>): void => {
      const { run } = this.state;
      if (run?.name === name) this.set({ run: { ...run, ...changes } });
    };
    this.set({ run: { name, phase: "training" }, problem: undefined });
    try {
      const phase = await train({ onProgress: (progress) => change({ progress }), onMessage: (message) => change({ message }), onProblem: (problem) => change({ problem }) });
      change({ phase });
    } catch (error) {
      change({ phase: "failed", problem: messageOf(error) });
    }
    await this.#listRuns();
  }

  /** Does work that the page waits for, and says what goes wrong. */
  async #work(busy: string, work: () => Promise<void>): Promise<void> {
    this.set({ busy, problem: undefined });
    try {
      await work();
    } catch (error) {
      this.set({ problem: messageOf(error) });
    }
    this.set({ busy: undefined });
  }

  #setDomains(domains: Domains, skipped: readonly SkippedFile[]): void {
    this.set({ domains, skipped, measured: undefined });
  }

  #reopen(): void {
    this.#trainer.close();
    this.#trainer = this.#platform.open();
  }
}

/** The worker that trains for the Train page: the command's own training, over files that the browser keeps. */
import { expose } from "comlink";
import { dirname } from "pathe";
import { openGpu } from "../../browser.js";
import { UsageError } from "../../errors.js";
import { readLines } from "../../io/json-lines.js";
import type { Settings } from "../../models/model.js";
import type { Cursors } from "../../report/run-reader.js";
import { readRunConfig, runFolder, writeRunConfig } from "../../run/folder.js";
import { modelOf, trainConfig } from "../../run/options.js";
import { resumedConfig } from "../../run/resume.js";
import type { TrainProgress } from "../../training/progress.js";
import { train } from "../../training/train.js";
import { removeRun, storedRuns, type StoredRun } from "../disk/origin-runs.js";
import type { Content } from "../disk/file-tree.js";
import type { GivenFile } from "../files/given-file.js";
import { messageOf } from "../message.js";
import { tree } from "../platform/fs.js";
import { freeName } from "../train/domains.js";
import { dataPath, lockForTab, OpenRun, runPath } from "./open-run.js";
import type { Domains, MeasuredCost, PresetCost, RunView, TrainEnd, Trainer, TrainReports, WeightFormat } from "./trainer-protocol.js";

/** The least time between two reports of progress, in milliseconds. */
const REPORT = 200;

/** The folders of both domains. */
const foldersIn = (data: string): { readonly a: string; readonly b: string } => ({ a: `${data}/A`, b: `${data}/B` });

/** Writes a file, and creates the folders above it. */
function writeBelow(path: string, content: Content): void {
  tree.makeFolder(dirname(path), { recursive: true });
  tree.write(path, content);
}

function writeDomains(data: string, domains: Domains): void {
  for (const domain of ["A", "B"] as const) for (const { path, file } of domains[domain]) writeBelow(`${data}/${domain}/${path}`, file);
}

/** How a training begins, and what ends it before its last step. */
interface Beginning {
  readonly resume: boolean;
  /** Its reason is a TrainEnd. */
  readonly end: AbortSignal;
}

class WorkerTrainer implements Trainer {
  #run: OpenRun | undefined;
  #end = new AbortController();
  #isTraining = false;
  /** Receives what the browser refuses to keep. */
  #onProblem: (text: string) => void = () => {};

  runs(): Promise<StoredRun[]> {
    return storedRuns();
  }

  async start(name: string, settings: Settings, domains: Domains, reports: TrainReports): Promise<TrainEnd> {
    const end = this.#begin();
    const run = await this.#open(name);
    if (run.isTrained) throw new UsageError(`${name}: expected a new name, got that of a run that exists. Use another name.`);
    const config = { ...settings, name, runsDir: "runs", ...foldersIn(dataPath(name)) };
    run.note = { ...run.note, title: modelOf(trainConfig(config)).title };
    writeDomains(dataPath(name), domains);
    // A run that has only settings is trained from its seed when it goes on: so a reload before the first save loses nothing.
    tree.makeFolder(runPath(name), { recursive: true });
    writeRunConfig(runFolder(runPath(name)), trainConfig(config));
    reports.onMessage("Storing the pictures in the browser.");
    await run.keeper.flush();
    return this.#train(run, { ...config, overwrite: true }, { resume: false, end }, reports);
  }

  async resume(name: string, reports: TrainReports): Promise<TrainEnd> {
    const end = this.#begin();
    const run = await this.#open(name);
    return this.#train(run, resumedConfig(runPath(name)), { resume: true, end }, reports);
  }

  async pause(): Promise<void> {
    this.#end.abort("paused");
  }

  async stop(): Promise<void> {
    this.#end.abort("stopped");
  }

  async show(name: string): Promise<void> {
    await this.#open(name);
  }

  async leave(): Promise<void> {
    await this.#close();
  }

  async view(cursors: Cursors): Promise<RunView | undefined> {
    return this.#run?.view(cursors);
  }

  async sample(step: number): Promise<Blob> {
    return this.#opened().sample(step);
  }

  weights(network: string, format: WeightFormat): Promise<Uint8Array> {
    return this.#opened().weights(network, format);
  }

  async archive(): Promise<Blob> {
    this.#refuseWhileTraining();
    await this.#opened().keeper.flush();
    const { archiveOf } = await import("./run-archive.js");
    return archiveOf(tree.entries());
  }

  async import(given: readonly GivenFile[]): Promise<string> {
    this.#refuseWhileTraining();
    const [{ filesInArchive }, { findRun }] = await Promise.all([import("./run-archive.js"), import("./import-run.js")]);
    const files = await Promise.all(given.map(async (one) => (/\.zip$/i.test(one.path) ? filesInArchive(one.file) : [one])));
    const found = await findRun(files.flat());
    const name = freeName(found.name, (await storedRuns()).map((run) => run.name));
    const run = await this.#open(name);
    for (const [path, file] of found.files) writeBelow(`${runPath(name)}/${path}`, new Uint8Array(await file.arrayBuffer()));
    for (const [path, file] of found.pictures) writeBelow(`${dataPath(name)}/${path}`, file);
    const config = { ...readRunConfig(runPath(name)), ...found.place(dataPath(name)), name, runsDir: "runs", adapter: "auto" };
    writeRunConfig(runFolder(runPath(name)), config);
    const { step, totalSteps } = newestOf(runPath(name));
    run.note = { title: modelOf(config).title, step, totalSteps, isStopped: false, changed: Date.now() };
    await run.keeper.flush();
    return name;
  }

  async costs(settings: readonly Settings[]): Promise<PresetCost[]> {
    const { memoryCost } = await import("./memory-cost.js");
    using gpu = await openGpu();
    const costs: PresetCost[] = [];
    for (const one of settings) costs.push(await memoryCost(gpu, one));
    return costs;
  }

  async measure(settings: Settings, domains: Domains, onMessage: (text: string) => void): Promise<MeasuredCost> {
    await this.#close();
    const { measuredCost } = await import("./measured-cost.js");
    try {
      writeDomains("data/measured", domains);
      return await measuredCost({ ...settings, ...foldersIn("data/measured") }, onMessage);
    } finally {
      tree.clear();
    }
  }

  async draw(): Promise<Domains> {
    const { madePictures } = await import("./made-pictures.js");
    return madePictures();
  }

  async remove(name: string): Promise<void> {
    if (this.#run?.name === name) {
      this.#refuseWhileTraining();
      this.#run.release();
      this.#run = undefined;
      tree.clear();
    }
    const unlock = await lockForTab(name);
    try {
      await removeRun(name);
    } finally {
      unlock();
    }
  }

  async #open(name: string): Promise<OpenRun> {
    if (this.#run?.name === name && !this.#isTraining) return this.#run;
    await this.#close();
    this.#run = await OpenRun.open(name, (error) => {
      this.#onProblem(`The browser did not keep the run: ${messageOf(error)}. The training goes on, but a reload would lose it. Free some space.`);
    });
    return this.#run;
  }

  /** Closes the open run, and empties the tree. */
  async #close(): Promise<void> {
    this.#refuseWhileTraining();
    await this.#run?.close();
    this.#run = undefined;
    tree.clear();
  }

  #opened(): OpenRun {
    if (!this.#run) throw new UsageError("No run is open. Open one first.");
    return this.#run;
  }

  /** What ends the training that begins, from now on. */
  #begin(): AbortSignal {
    this.#refuseWhileTraining();
    this.#end = new AbortController();
    return this.#end.signal;
  }

  async #train(run: OpenRun, config: Settings, { resume, end }: Beginning, { onProgress, onMessage, onProblem }: TrainReports): Promise<TrainEnd> {
    this.#isTraining = true;
    this.#onProblem = onProblem;
    run.note = { ...run.note, isStopped: false };
    let reported = 0;
    const report = (progress: TrainProgress): void => {
      run.note = { ...run.note, step: progress.step, totalSteps: progress.totalSteps };
      if (performance.now() - reported < REPORT && progress.step < progress.totalSteps) return;
      reported = performance.now();
      onProgress(progress);
    };
    try {
      const { interrupted } = await train(config, { resume, signal: end, onMessage, onProgress: report });
      if (!interrupted) return "ended";
      const isStopped = end.reason === "stopped";
      run.note = { ...run.note, isStopped };
      return isStopped ? "stopped" : "paused";
    } finally {
      this.#isTraining = false;
      await run.keeper.flush();
    }
  }

  #refuseWhileTraining(): void {
    if (this.#isTraining) throw new UsageError("A run is being trained. Pause it first.");
  }
}

/** The newest step of a run and its last one, as its log has them. */
function newestOf(run: string): { readonly step: number; readonly totalSteps: number } {
  const { step, totalSteps } = readLines(runFolder(run).log).at(-1) ?? {};
  return { step: Number(step ?? 0), totalSteps: Number(totalSteps ?? 0) };
}

expose(new WorkerTrainer());

/** What all workers of a job have in common: the weights and the options that change pixels. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { DEFAULT_QUALITY } from "../../data/encode.js";
import { formatClasses } from "../../data/label-classes.js";
import { outputFormats } from "../../data/output-format.js";
import { isValueRange } from "../../data/value-range.js";
import { UsageError } from "../../errors.js";
import { productVersion } from "../../generated/version.js";
import { isJsonObject } from "../../io/parse-json.js";
import { kebabFlag } from "../../models/options.js";
import { precisions } from "../../models/parts/precision.js";
import type { FoundGenerator } from "../find-generator.js";
import type { GeneratorPlan, TranslateOptions } from "../plan.js";

/** The options of a translation that all workers share. */
export type SharedOptions = Pick<
  TranslateOptions,
  "direction" | "epoch" | "format" | "quality" | "keepAlpha" | "precision" | "scale" | "loadSize" | "maxPixels" | "valueRange" | "ignoreIcc"
>;

/** Where the machine that added the images has what a worker needs. A worker may have it elsewhere. */
export interface JobPaths {
  /** A path, or the name of a generator that comes with the package. */
  readonly model: string;
  readonly input: string;
  readonly output: string;
  readonly maskDir?: string | undefined;
}

/** The settings of a job, which the queue keeps for its workers. */
export interface JobSettings {
  /** Tells this job from a later one of its name. */
  readonly id: string;
  readonly version: string;
  /** Stands for the weights. */
  readonly weights: string;
  readonly options: SharedOptions;
  readonly paths: JobPaths;
}

/** Stands for the generator: its file of weights, where it is in that file, and the classes of its labels. */
export function fingerprint({ weights, prefix, classes }: FoundGenerator): string {
  const hash = createHash("sha256").update(readFileSync(weights));
  return hash.update(JSON.stringify([prefix, classes ? formatClasses(classes) : ""])).digest("hex");
}

const isBoolean = (value: unknown): boolean => typeof value === "boolean";
const isNumber = (value: unknown): boolean => typeof value === "number" && Number.isFinite(value);
const isText = (value: unknown): boolean => typeof value === "string";
const isOneOf = (names: readonly string[]) => (value: unknown): boolean => names.some((name) => name === value);
const optional = (accepts: (value: unknown) => boolean) => (value: unknown): boolean => value === undefined || accepts(value);

type Checks<T> = { readonly [Key in keyof Required<T>]: (value: unknown) => boolean };

/** What each option may be. Their order is that of messages. */
const optionChecks: Checks<SharedOptions> = {
  direction: isOneOf(["AtoB", "BtoA"]),
  epoch: optional(isText),
  format: optional(isOneOf(outputFormats)),
  quality: optional(isNumber),
  keepAlpha: optional(isBoolean),
  precision: optional(isOneOf(precisions)),
  scale: optional(isNumber),
  loadSize: optional(isNumber),
  maxPixels: optional(isNumber),
  valueRange: optional(isValueRange),
  ignoreIcc: optional(isBoolean),
};

const pathChecks: Checks<JobPaths> = { model: isText, input: isText, output: isText, maskDir: optional(isText) };

function passes(checks: Readonly<Record<string, (value: unknown) => boolean>>, value: unknown): boolean {
  return isJsonObject(value) && Object.entries(checks).every(([key, accepts]) => accepts(value[key]));
}

export function isJobSettings(value: unknown): value is JobSettings {
  if (!isJsonObject(value)) return false;
  return [value["id"], value["version"], value["weights"]].every(isText) && passes(optionChecks, value["options"]) && passes(pathChecks, value["paths"]);
}

/** The options as a job keeps them: only those that all workers share, those of the training filled in. */
export function sharedOptions(options: TranslateOptions, { trained, format }: GeneratorPlan): SharedOptions {
  const { direction, epoch = "latest", quality = DEFAULT_QUALITY, keepAlpha = false, precision = "f32", scale, loadSize, maxPixels } = options;
  const { valueRange = trained?.valueRange ?? "auto", ignoreIcc = trained?.ignoreIcc ?? false } = options;
  return { direction, epoch, format, quality, keepAlpha, precision, scale, loadSize, maxPixels, valueRange, ignoreIcc };
}

type OptionValue = SharedOptions[keyof SharedOptions];

/** How an option is written on the command line. */
function written(key: string, value: OptionValue): string {
  const flag = kebabFlag(key);
  if (value === undefined || value === false) return `no ${flag}`;
  return value === true ? flag : `${flag} ${String(value)}`;
}

/** The options of a job as on the command line, without those that have no value. */
export function formatOptions(options: SharedOptions): string {
  const given = Object.entries(options).filter(([, value]) => value !== undefined && value !== false);
  return given.map(([key, value]) => written(key, value)).join(" ");
}

/** Throws a UsageError for a job of another version of this program, or of other weights. */
export function checkModel(job: JobSettings, name: string, model: string, found: FoundGenerator): void {
  if (job.version !== productVersion) {
    throw new UsageError(`The job ${name} is of version ${job.version} of this program, and this is ${productVersion}. Use the same version on every machine.`);
  }
  const own = fingerprint(found);
  if (own === job.weights) return;
  throw new UsageError(
    `--model ${model}: expected the weights of the job ${name} (SHA-256 ${job.weights.slice(0, 12)}), got others (${own.slice(0, 12)}). ` +
      "Name the same model, or another job with --name.",
  );
}

/** Throws a UsageError for images that would be translated with other options than those of the job. */
export function checkOptions(job: JobSettings, name: string, options: SharedOptions, paths: JobPaths): void {
  const [theirs, ours] = [described(job.options, job.paths), described(options, paths)];
  const differing = [...theirs].flatMap(([key, text]) => (text === ours.get(key) ? [] : [`${text}, not ${ours.get(key)}`]));
  if (differing.length === 0) return;
  throw new UsageError(`The job ${name} has other options: ${differing.join("; ")}. Give the same options, or another job with --name.`);
}

/** Every option by its name, as on the command line. Whether there are masks counts as one, their folder does not. */
function described(options: SharedOptions, { maskDir }: JobPaths): ReadonlyMap<string, string> {
  const values: Readonly<Record<string, OptionValue>> = { ...options, maskDir: maskDir !== undefined };
  return new Map([...Object.keys(optionChecks), "maskDir"].map((key) => [key, written(key, values[key])]));
}

/**
 * The generators that come with the package: each is a folder with what is needed to translate with a run, its config.json and the
 * weights of its generators, without what is needed to train on. about.json says what it translates.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CheckpointError } from "../errors.js";
import { isJsonObject, parseJsonObject } from "../io/parse-json.js";

/** The package's folder of generators. */
export const generatorsFolder = fileURLToPath(new URL("../../generators", import.meta.url));

/** What a shipped generator translates. */
export interface About {
  /** What the images of the two domains are. */
  readonly domains: { readonly A: string; readonly B: string };
}

/** The about.json of a shipped generator. Throws a CheckpointError if it does not name the domains. */
export function readAbout(folder: string): About {
  const path = join(folder, "about.json");
  const { domains } = parseJsonObject(readFileSync(path, "utf8"), path);
  if (isJsonObject(domains) && typeof domains["A"] === "string" && typeof domains["B"] === "string") {
    return { domains: { A: domains["A"], B: domains["B"] } };
  }
  throw new CheckpointError(`${path}: expected the names of the domains A and B, got ${JSON.stringify(domains)}.`);
}

/** The names of the shipped generators, in alphabetical order. */
export function shippedNames(): readonly string[] {
  return existsSync(generatorsFolder) ? readdirSync(generatorsFolder).sort() : [];
}

/** Whether a model is the name of a shipped generator. A file or folder of that name comes first. */
export function isShipped(model: string): boolean {
  return !existsSync(model) && shippedNames().includes(model);
}

/** What only a path has: folders, or an extension. */
const pathLike = /[\\/.]/;

/**
 * The path of a model, which is a path or the name of a shipped generator. Throws a CheckpointError for a word that is neither a file,
 * a folder nor such a name.
 */
export function modelPath(model: string): string {
  if (existsSync(model) || pathLike.test(model)) return model;
  if (isShipped(model)) return join(generatorsFolder, model);
  const names = shippedNames().map((name) => `"${name}"`).join(" or ");
  throw new CheckpointError(`${model}: expected the folder of a run, as in runs/<name>, a file of weights, or the name ${names}, got nothing there.`);
}

/** Writes docs/options.md from the tables of options: `npm run docs:options`. */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { modelNamed, modelNames } from "../src/models/index.js";
import { flagOf, type OptionTable } from "../src/models/options.js";
import { modelGroups, optionsOf, sharedGroups } from "../src/run/options.js";
import type { ModelDefinition } from "../src/models/model.js";

function tableOf(heading: string, table: OptionTable): string {
  const rows = Object.entries(table).map(([key, spec]) => {
    const value = spec.choices ? spec.choices.join(" \\| ") : (spec.value ?? "");
    const initial = spec.value === undefined || spec.initial === "" ? "" : String(spec.initial);
    return `| \`${flagOf(key, spec)}\` | ${value} | ${initial} | ${spec.help} | ${spec.changeable === true ? "yes" : ""} |`;
  });
  return `## ${heading.replace(/:$/, "")}\n\n| option | value | default | what it does | on resuming |\n|---|---|---|---|---|\n${rows.join("\n")}\n`;
}

/** The model's defaults of options that all models share. */
function defaultsOf(model: ModelDefinition): string[] {
  const options = optionsOf(model);
  const flags = Object.entries(model.defaults ?? {}).flatMap(([key, value]) => (options[key] ? [`\`${flagOf(key, options[key])} ${String(value)}\``] : []));
  return flags.length === 0 ? [] : [`Other defaults of ${model.title}: ${flags.join(", ")}.\n`];
}

function sectionsOf(model: ModelDefinition): string[] {
  const tables = Object.entries(modelGroups(model)).map(([heading, table]) => tableOf(heading, table));
  return [...tables, ...defaultsOf(model)];
}

/** The page, as it should be. */
export function optionsPage(): string {
  const shared = Object.entries(sharedGroups).map(([heading, table]) => tableOf(heading, table));
  const models = modelNames().flatMap((name) => sectionsOf(modelNamed(name)));
  return `# Options of \`train\`

Every option of \`cyclegan train\`, as \`cyclegan train --help --all\` shows them. In config.json and in the library they have the same names in
camelCase: \`--n-epochs\` is \`nEpochs\`. An option with "yes" in the last column may change when a run is resumed.

${[...shared, ...models].join("\n")}`;
}

export const optionsFile = fileURLToPath(new URL("../docs/options.md", import.meta.url));

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(optionsFile, optionsPage());

/** The API reference: what TypeDoc writes of the docstrings, as pages of Markdown. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root, type Document } from "./document.js";

const folder = join(root, "scripts/api");
const typedoc = join(folder, "node_modules/typedoc/bin/typedoc");

/** Whether TypeDoc is installed, which is not part of the repository's own install. */
export const hasTypedoc = existsSync(typedoc);

/** Parts of the API, by where their sources are: the first that fits. */
const areas: readonly (readonly [title: string, sources: RegExp])[] = [
  ["Tensors and gradients", /^src\/(tensor\/|grad-check|dtype|shape|random)/],
  ["Ops", /^src\/ops\//],
  ["Layers", /^src\/nn\//],
  ["Optimizers", /^src\/optim\//],
  ["Devices and kernels", /^src\/(gpu|driver|tune|open-gpu|browser)/],
  ["Images and data sets", /^src\/data\//],
  ["Networks", /^src\/models\/networks\//],
  ["Translation", /^src\/(models\/tiling|translate)\//],
  ["Looking into networks", /^src\/(models\/deconvnet|look)\//],
  ["Models and training", /^src\/(models|training)\//],
  ["Weights", /^src\/(io|weights)\//],
  ["Measuring", /^src\/(metrics|evaluate)\//],
  ["Commands as functions", /^src\/(node|run|sample|cli)/],
  ["Errors", /^src\/errors/],
];

const title = /^# (?:Abstract )?(\w+(?: Alias)?): (.+)$/m;
const place = /^Defined in: \[(.+?):(\d+)\]\([^)]*\)\n*/gm;

/** The page of a name. */
interface NamePage extends Document {
  readonly kind: string;
  readonly area: string;
}

/** Makes a page of TypeDoc's file, with one place in the sources at its end; undefined for the index of a namespace. */
function namePage(path: string, text: string): NamePage | undefined {
  const [, kind = "", heading = ""] = title.exec(text) ?? [];
  const [first] = text.matchAll(place);
  if (!first) return undefined;
  const [, source = "", line = ""] = first;
  const way = `${"../".repeat(path.split("/").length - 1)}${source}#L${line}`;
  const [summary = ""] = text.slice(first.index).replaceAll(place, "").split(/\n\n|\n#/);
  return {
    path,
    name: heading.replaceAll(/[\\()]|<.*/g, ""),
    kind: kind.toLowerCase(),
    description: /^(#|\||```)/.test(summary) ? "" : summary.replaceAll("\n", " ").replaceAll(/[`\\]/g, ""),
    text: `${text.replace(title, `# ${heading}`).replaceAll(place, "")}\n\n---\n\nSource: [${source}](${way})\n`,
    area: areas.find(([, sources]) => sources.test(source))?.[0] ?? "Others",
  };
}

function indexPage(pages: readonly NamePage[]): Document {
  const titles = [...areas.map(([area]) => area), "Others"].filter((area) => pages.some((page) => page.area === area));
  const tables = titles.map((area) => {
    const rows = pages.filter((page) => page.area === area).map(({ path, name, description }) => `| [\`${name}\`](${path.slice("api/".length)}) | ${description} |`);
    return `## ${area}\n\n| | |\n|---|---|\n${rows.join("\n")}\n`;
  });
  const intro = "What `import … from \"cyclegan-webgpu\"` offers. [The library](../docs/library.md) shows how the parts work together.\n\n";
  return {
    path: "api/README.md",
    name: "API reference",
    description: "every function, class and type of the library",
    text: `# API reference\n\n${intro}${tables.join("\n")}`,
  };
}

/** Runs TypeDoc, and returns the index of the API first and then a page for each name. */
export function apiDocuments(): readonly Document[] {
  const out = mkdtempSync(join(tmpdir(), "cyclegan-api-"));
  try {
    execFileSync(process.execPath, [typedoc, "--options", join(folder, "typedoc.json"), "--out", out], { stdio: "inherit" });
    const files = readdirSync(out, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".md")).toSorted();
    const pages = files.flatMap((file) => namePage(`api/${file.replaceAll("\\", "/")}`, readFileSync(join(out, file), "utf8")) ?? []);
    return [indexPage(pages), ...pages];
  } finally {
    rmSync(out, { recursive: true });
  }
}

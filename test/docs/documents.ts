import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../examples/run-example.js";

/** A fenced block of a document. `info` is the text after the fence, such as `sh no-run`. */
export interface Block {
  readonly info: string;
  readonly text: string;
}

export interface Document {
  readonly name: string;
  readonly text: string;
  readonly blocks: readonly Block[];
}

/** README.md and the pages of docs/. */
export const documents: readonly Document[] = ["README.md", ...readdirSync(join(root, "docs")).filter((name) => name.endsWith(".md")).map((name) => `docs/${name}`)].map(
  (name) => {
    const text = readFileSync(join(root, name), "utf8");
    const blocks = [...text.matchAll(/^```([^\n]*)\n(.*?)^```$/gms)].map(([, info = "", content = ""]) => ({ info, text: content }));
    return { name, text, blocks };
  },
);

/** The lines of blocks that run the program, without comments. */
export function commandsOf(blocks: readonly Block[]): string[] {
  const lines = blocks.flatMap(({ text }) => text.split("\n")).map((line) => line.replace(/ +#.*$/, "").trim());
  return lines.filter((line) => line.startsWith("npx cyclegan "));
}

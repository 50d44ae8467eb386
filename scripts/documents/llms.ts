/** llms.txt, by the convention of llmstxt.org: what the project is, and its documents with a line about each. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root, type Document } from "./document.js";

const { name, description }: { readonly name: string; readonly description: string } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/** Links are relative to llms.txt, and lead to the documents' Markdown. */
export function llmsText(documents: readonly Document[]): string {
  const lines = documents.map((document) => `- [${document.name}](${document.path}): ${document.description}`);
  return `# ${name}\n\n> ${description}\n\n## Documents\n\n${lines.join("\n")}\n`;
}

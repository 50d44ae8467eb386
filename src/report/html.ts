/** Escaping for HTML, links and scripts. */
import { createHash } from "node:crypto";

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text, safe in the content and quoted attributes of HTML. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? "");
}

/** A relative path as a link. Every part is encoded, so that file names may contain `#`, `?` and `%`. */
export function escapePath(path: string): string {
  return escapeHtml(path.split("/").map(encodeURIComponent).join("/"));
}

/** A script or style in a Content-Security-Policy, which then allows exactly this text. */
export function sourceOf(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}

/** Significant digits of numbers for curves, which show fewer. */
function rounded(_: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value;
}

/** JSON, safe inside a script element. Numbers that are not whole keep six digits. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value, rounded).replaceAll("<", "\\u003c");
}

/** Escaping for HTML, links and scripts. */
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

/** Significant digits of numbers for curves, which show fewer. */
function rounded(_: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value;
}

/** JSON, safe inside a script element. Numbers that are not whole keep six digits. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value, rounded).replaceAll("<", "\\u003c");
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text made safe for HTML, in content and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? "");
}

/** A relative path as a link: every part encoded, so that `#`, `?` and `%` in file names stay what they are. */
export function escapePath(path: string): string {
  return escapeHtml(path.split("/").map(encodeURIComponent).join("/"));
}

/** Six digits of a number that is not whole are more than a curve shows. */
function rounded(_: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value;
}

/** JSON that cannot end the script element it stands in; numbers keep six digits. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value, rounded).replaceAll("<", "\\u003c");
}

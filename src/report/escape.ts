/** Escaping for HTML and links. */
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

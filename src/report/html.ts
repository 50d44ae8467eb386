/** Scripts in HTML, and the frame of a page. */
import { createHash } from "node:crypto";
import { escapeHtml } from "./escape.js";

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

export interface HtmlPage {
  readonly title: string;
  /** More elements of the head, such as a policy. */
  readonly head: string;
  readonly css: string;
  /** What follows the title. */
  readonly body: string;
}

/** A whole page as HTML, with its title as the heading. */
export function htmlPage({ title, head, css, body }: HtmlPage): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
${head}
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="data:,">
<style>${css}</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
${body}
</body>
</html>
`;
}

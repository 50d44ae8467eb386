/** Markdown to HTML, with the anchors of headings and the text of each section. */
import GithubSlugger from "github-slugger";
import { Marked } from "marked";

/** A part of a page from one heading to the next. */
export interface Section {
  /** The heading's anchor; empty before the first heading. */
  readonly anchor: string;
  readonly heading: string;
  readonly depth: number;
  /** What it says, without markup. */
  readonly text: string;
}

const entities: ReadonlyMap<string, string> = new Map([["&amp;", "&"], ["&lt;", "<"], ["&gt;", ">"], ["&quot;", '"'], ["&#39;", "'"]]);

export const escapeHtml = (text: string): string => text.replaceAll(/[&<>"]/g, (found) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[found] ?? "&quot;");

/** The text of our own HTML. */
function textOf(html: string): string {
  const text = html.replaceAll(/<[^>]*>/g, (tag) => (/^<\/?(a|code|em|strong|span|del)\b/.test(tag) ? "" : " "));
  return text.replaceAll(/&[#\w]+;/g, (entity) => entities.get(entity) ?? entity).replaceAll(/\s+/g, " ").trim();
}

/**
 * Renders Markdown as GitHub does: tables, and headings with its anchors. `linkTo` returns where a link or a picture of the text leads.
 *
 * Wide blocks can be scrolled with the keyboard. There are no inline styles, which the policy of the pages forbids.
 */
export function renderMarkdown(text: string, linkTo: (href: string) => string): string {
  const slugger = new GithubSlugger();
  const marked = new Marked({
    renderer: {
      heading({ tokens, depth }) {
        const inner = this.parser.parseInline(tokens);
        const anchor = slugger.slug(textOf(inner));
        return `<h${depth} id="${anchor}"><a href="#${anchor}">${inner}</a></h${depth}>\n`;
      },
      code: ({ text: code }) => `<pre tabindex="0"><code>${escapeHtml(code)}\n</code></pre>\n`,
    },
    walkTokens(token) {
      if (token.type === "link" || token.type === "image") token.href = linkTo(String(token.href));
    },
  });
  const html = marked.parse(text, { async: false });
  return html
    .replaceAll("<table>", '<div class="wide" tabindex="0"><table>')
    .replaceAll("</table>", "</table></div>")
    // Markdown cannot leave out a header, or its corner.
    .replaceAll(/<thead>\s*<tr>(\s*<th><\/th>)*\s*<\/tr>\s*<\/thead>/g, "")
    .replaceAll("<th></th>", "<td></td>");
}

const heading = /<h(\d) id="([^"]*)">(.*?)<\/h\1>/g;

/** The sections of HTML with such headings. */
export function sectionsOf(html: string): readonly Section[] {
  const headings = [...html.matchAll(heading)];
  return headings.map(({ index, 0: whole, 1: depth, 2: anchor = "", 3: inner = "" }, position) => ({
    anchor,
    heading: textOf(inner),
    depth: Number(depth),
    text: textOf(html.slice(index + whole.length, headings[position + 1]?.index)),
  }));
}

/** Every place of a page that a link can lead to. */
export const anchorsOf = (html: string): ReadonlySet<string> => new Set([...html.matchAll(/ id="([^"]+)"/g)].map(([, id = ""]) => id));

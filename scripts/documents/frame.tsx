/** The frame of a document: the studio's header, the list of documents, and the search box, which the page's script fills. */
import type { JSX } from "preact";
import { renderToStaticMarkup } from "preact-render-to-string";
import { Header } from "../../src/studio/components/header.js";
import { documentsPage, headHtml } from "../../src/studio/pages.js";
import type { Section } from "./markdown.js";

/** A line of the list of documents. */
export interface Listed {
  readonly name: string;
  /** Relative to the page. */
  readonly href: string;
  readonly isCurrent: boolean;
}

export interface FramedDocument {
  readonly title: string;
  readonly description: string;
  /** The way from the page to the site's root: empty, or `../` and so on. */
  readonly base: string;
  readonly html: string;
  readonly sections: readonly Section[];
  readonly list: readonly Listed[];
}

function Contents({ sections }: { readonly sections: readonly Section[] }): JSX.Element | null {
  const parts = sections.filter(({ depth }) => depth === 2);
  if (parts.length < 2) return null;
  return (
    <ul>
      {parts.map(({ anchor, heading }) => (
        <li key={anchor}>
          <a href={`#${anchor}`}>{heading}</a>
        </li>
      ))}
    </ul>
  );
}

/** The HTML of a document's page. */
export function documentHtml({ title, description, base, html, sections, list }: FramedDocument): string {
  const body = renderToStaticMarkup(
    <body>
      <Header current={documentsPage.name} base={base} />
      <div class="document">
        <div class="finding" role="search">
          <div id="search" />
          <a class="to-list" href="#documents">
            All documents
          </a>
        </div>
        <main dangerouslySetInnerHTML={{ __html: html }} />
        <nav id="documents" aria-label="Documents">
          <ul>
            {list.map(({ name, href, isCurrent }) => (
              <li key={href}>
                <a href={href} aria-current={isCurrent ? "page" : undefined}>
                  {name}
                </a>
                {isCurrent && <Contents sections={sections} />}
              </li>
            ))}
          </ul>
        </nav>
      </div>
    </body>,
  );
  return `${headHtml({ title: `${title} – cyclegan-webgpu`, description, script: "documents", styles: ["documents"], base })}\n${body}\n</html>\n`;
}

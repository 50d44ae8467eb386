/** The pages of the studio: static files, each with its script and one style. */
import { studioPolicy } from "../report/serve/studio-policy.js";

/** A page of the studio. */
export interface StudioPage {
  /** Its file, and the name of its script without the extension. */
  readonly file: string;
  readonly script: string;
  /** Its name in the header. */
  readonly name: string;
  readonly title: string;
  /** For search engines, and for links in messages. */
  readonly description: string;
}

/** The pages that compute, in the order of the header. */
export const pages: readonly StudioPage[] = [
  {
    file: "index.html",
    script: "translate",
    name: "Translate",
    title: "CycleGAN studio",
    description: "Translate pictures with CycleGAN, pix2pix and CUT in your browser. Nothing is installed and nothing is uploaded.",
  },
  {
    file: "train.html",
    script: "train",
    name: "Train",
    title: "Train – CycleGAN studio",
    description: "Train a CycleGAN on two folders of pictures in your browser, and watch it learn. Nothing is installed and nothing is uploaded.",
  },
  {
    file: "look.html",
    script: "look",
    name: "Look",
    title: "See what a network looks for · CycleGAN studio",
    description: "Shows what the channels of a trained generator or discriminator respond to in your pictures, in the browser. Nothing is uploaded.",
  },
  {
    file: "bench.html",
    script: "bench",
    name: "Bench",
    title: "How fast does this GPU train? · CycleGAN studio",
    description: "Measures your GPU in the browser: its limits, the kernels of CycleGAN, and training steps of three sizes, beside other devices.",
  },
];

/** The documents, which scripts/documents makes. */
export const documentsPage = { file: "docs/index.html", name: "Documents" } as const;

/** What the header of every page links to, in its order. */
export const headerPages: readonly Pick<StudioPage, "file" | "name">[] = [...pages, documentsPage];

export interface Head {
  readonly title: string;
  readonly description: string;
  /** The name of the page's script. */
  readonly script: string;
  /** The way from the page to the site's root: empty, or `../` and so on. */
  readonly base?: string;
  /** Names of styles beside the studio's. */
  readonly styles?: readonly string[];
}

const attributeText = (text: string): string => text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");

/** The HTML of a page up to its body. */
export function headHtml({ title, description, script, base = "", styles = [] }: Head): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${studioPolicy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="description" content="${attributeText(description)}">
<meta name="color-scheme" content="light dark">
<title>${attributeText(title)}</title>
<link rel="icon" href="${base}icon.svg" type="image/svg+xml">
${["studio", ...styles].map((style) => `<link rel="stylesheet" href="${base}${style}.css">`).join("\n")}
<script type="module" src="${base}${script}.js"></script>
</head>`;
}

/** The HTML of a page. Its script fills the body. */
export function pageHtml(page: StudioPage): string {
  return `${headHtml(page)}
<body>
<noscript>The studio computes in your browser, and needs JavaScript for that. Turn it on and load the page again.</noscript>
</body>
</html>
`;
}

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

/** In the order of the header. */
export const pages: readonly StudioPage[] = [
  {
    file: "index.html",
    script: "translate",
    name: "Translate",
    title: "CycleGAN studio",
    description: "Translate pictures with CycleGAN, pix2pix and CUT in your browser. Nothing is installed and nothing is uploaded.",
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

/** The HTML of a page. Its script fills the body. */
export function pageHtml({ script, title, description }: StudioPage): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${studioPolicy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="description" content="${description}">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="studio.css">
<script type="module" src="${script}.js"></script>
</head>
<body>
<noscript>The studio computes in your browser, and needs JavaScript for that. Turn it on and load the page again.</noscript>
</body>
</html>
`;
}

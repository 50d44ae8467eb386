/** How the studio's scripts are bundled. */
import type { BuildOptions } from "esbuild";

export const studioBundle: BuildOptions = {
  bundle: true,
  splitting: true,
  // Beside the pages' scripts, which name the workers relative to their own place.
  chunkNames: "[name]-[hash]",
  minify: true,
  // An error is told apart by the name of its class.
  keepNames: true,
  format: "esm",
  platform: "browser",
  target: "es2022",
  jsx: "automatic",
  jsxImportSource: "preact",
  legalComments: "eof",
  // The library's declarations import a file that has nothing but types.
  logOverride: { "ignored-bare-import": "silent" },
};

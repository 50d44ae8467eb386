/** Serves the studio, whose files `npm run build` writes into dist/studio. */
import { existsSync } from "node:fs";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { CycleGANError } from "../../errors.js";
import { generatorsFolder } from "../../run/shipped.js";
import { answerFile, nameOf, splitTarget } from "./answer.js";
import { startServer, stopServer, type ServeAddress } from "./http-server.js";
import type { PageServer } from "./page-server.js";
import { fileBelow, isPlainPath } from "./served-file.js";
import { studioPolicy } from "./studio-policy.js";

/** The folder of the studio's pages, that of the generators that the package ships, and the package, for its documents' pictures. */
export interface StudioFolders {
  readonly pages: string;
  readonly generators: string;
  readonly pictures: string;
}

/** Those of this package. */
export const studioFolders: StudioFolders = {
  pages: fileURLToPath(new URL("../../../dist/studio", import.meta.url)),
  generators: generatorsFolder,
  pictures: fileURLToPath(new URL("../../..", import.meta.url)),
};

const types: ReadonlyMap<string, string> = new Map([
  [".html", "text/html; charset=utf-8"],
  [".js", "text/javascript; charset=utf-8"],
  [".css", "text/css; charset=utf-8"],
  [".json", "application/json; charset=utf-8"],
  [".svg", "image/svg+xml"],
  [".png", "image/png"],
  [".webp", "image/webp"],
  [".txt", "text/plain; charset=utf-8"],
]);

const typeOf = (name: string): string => types.get(extname(name)) ?? "application/octet-stream";

/** The folder, and the path in it, of a file that a page requests. */
function placeOf({ pages, generators, pictures }: StudioFolders, name: string): readonly [folder: string, path: string] {
  if (name === "") return [pages, "index.html"];
  if (/^(docs|bench)\/.+\.(png|webp)$/.test(name)) return [pictures, name];
  return name.startsWith("generators/") ? [generators, name.slice("generators/".length)] : [pages, name];
}

/** Serves the studio. Nothing else on the machine can be read. Throws a CycleGANError if it is not built or it cannot listen. */
export async function serveStudio(address: ServeAddress, folders = studioFolders): Promise<Pick<PageServer, "url" | "close">> {
  if (!existsSync(folders.pages)) {
    throw new CycleGANError(`${folders.pages}: expected the pages of the studio, got none. In a checkout, "npm run build" makes them.`);
  }
  const policy = `${studioPolicy}; frame-ancestors 'none'`;
  const { server, url } = await startServer(address, async (request, response) => {
    const [folder, path] = placeOf(folders, nameOf(splitTarget(request.url)[0]) ?? "..");
    const file = isPlainPath(path) ? await fileBelow(folder, path, typeOf(path)) : undefined;
    return answerFile(request, response, file, policy);
  });
  return { url, close: () => stopServer(server) };
}

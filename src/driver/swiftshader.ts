/** Downloads SwiftShader, a software Vulkan driver, as an npm package. */
import { createReadStream } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress } from "node:zlib";
import { extract } from "tar";
import { createFolderWhole } from "../io/files.js";
import { arrangeDriver, driverFolder, filesBelow } from "./driver-folder.js";
import { formatBytes } from "../format.js";
import { unpackNpmPackage, type PinnedPackage } from "./npm-package.js";

const LIBRARIES = "bin/swiftshader.tar.br";

/** A build of Chromium for servers, with SwiftShader and the Vulkan loader. */
const chromium: PinnedPackage = {
  name: "@sparticuz/chromium",
  version: "138.0.2",
  integrity: "sha512-vs5qUiK6kFCzLCxZ2buWONcB6jdF3VWdYp6kH1tt56tZ78p51dMAxfWsfk9P62z/jAeqbVg4V6Rb3Ic4aAeOKQ==",
  size: 68_000_000,
  keep: (path) => path === LIBRARIES,
};

async function fill(folder: string, say: (line: string) => void): Promise<void> {
  const spec = `${chromium.name}@${chromium.version}`;
  if (process.arch !== "x64") throw new Error(`${spec} has no library for ${process.arch}`);
  const work = join(folder, "work");
  await mkdir(work);
  say(`downloading SwiftShader, a software Vulkan driver: npm package ${spec}, ${formatBytes(chromium.size)}`);
  await unpackNpmPackage(chromium, work);
  await pipeline(createReadStream(join(work, LIBRARIES)), createBrotliDecompress(), extract({ cwd: work }));
  const files = await filesBelow(work);
  const libraries = files.filter((path) => /\/lib(vulkan|vk_swiftshader)\.so[.\d]*$/.test(path));
  await arrangeDriver(folder, libraries, files.filter((path) => path.endsWith("icd.json")));
  await writeFile(join(folder, "packages.txt"), `${spec}\n`);
  await rm(work, { recursive: true });
}

/** Downloads SwiftShader with the user's npm and unpacks it into the cache. Needs neither root nor apt. */
export async function provideSwiftshader(say: (line: string) => void): Promise<void> {
  await createFolderWhole(driverFolder("swiftshader"), (folder) => fill(folder, say));
}

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress } from "node:zlib";
import { extract } from "tar";
import { makeWhole } from "./cache.js";
import { arrangeDriver, driverFolder, filesBelow } from "./driver-folder.js";
import { runCommand } from "./run-command.js";

/** A build of Chromium for serverless machines; its SwiftShader comes with the Vulkan loader. */
const PACKAGE = "@sparticuz/chromium@138.0.2";
const INTEGRITY = "vs5qUiK6kFCzLCxZ2buWONcB6jdF3VWdYp6kH1tt56tZ78p51dMAxfWsfk9P62z/jAeqbVg4V6Rb3Ic4aAeOKQ=="; // sha512
const MEGABYTES = 68;

async function fill(folder: string, say: (line: string) => void): Promise<void> {
  if (process.arch !== "x64") throw new Error(`${PACKAGE} has no library for ${process.arch}`);
  const work = join(folder, "work");
  await mkdir(work);
  say(`downloading SwiftShader, a software Vulkan driver: npm package ${PACKAGE}, ${MEGABYTES} MB`);
  const { status, errors } = await runCommand("npm", ["pack", PACKAGE, "--silent", "--pack-destination", work]);
  const archive = (await readdir(work))[0];
  if (status !== 0 || archive === undefined) throw new Error(`npm pack ${PACKAGE}: ${errors.trim().split("\n")[0]}`);
  const packed = await readFile(join(work, archive));
  if (createHash("sha512").update(packed).digest("base64") !== INTEGRITY) {
    throw new Error(`npm pack ${PACKAGE}: expected the package's published content, got another`);
  }
  const inner = "package/bin/swiftshader.tar.br";
  await extract({ file: join(work, archive), cwd: work }, [inner]);
  await pipeline(createReadStream(join(work, inner)), createBrotliDecompress(), extract({ cwd: work }));
  const files = await filesBelow(work);
  const libraries = files.filter((path) => /\/lib(vulkan|vk_swiftshader)\.so[.\d]*$/.test(path));
  await arrangeDriver(folder, libraries, files.filter((path) => path.endsWith("icd.json")));
  await writeFile(join(folder, "packages.txt"), `${PACKAGE}\n`);
  await rm(work, { recursive: true });
}

/** Downloads SwiftShader with the user's own npm and unpacks it into the cache; needs neither root nor apt. */
export async function provideSwiftshader(say: (line: string) => void): Promise<void> {
  await makeWhole(driverFolder("swiftshader"), (folder) => fill(folder, say));
}

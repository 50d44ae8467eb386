/** Downloads lavapipe, Mesa's software Vulkan driver, with the machine's package client. */
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { env } from "../env.js";
import { formatBytes } from "../format.js";
import { deriveSources } from "./apt-sources.js";
import {
  parseCandidateMajor,
  parseDependencies,
  parseDownloadSize,
  parseSimulation,
  type Package,
} from "./apt-output.js";
import { createFolderWhole } from "../io/files.js";
import { arrangeDriver, driverFolder, filesBelow } from "./driver-folder.js";
import { runCommand } from "./run-command.js";

const WANTED = ["mesa-vulkan-drivers", "libvulkan1"];

/** Dawn refuses the lavapipe of Mesa 22 (Debian 12) and accepts that of Mesa 25; versions between them are tried. */
const OLDEST_MESA = 23;

/** The package client, with all its state in `folder`. */
interface Apt {
  readonly folder: string;
  run(command: "apt-get" | "apt-cache" | "dpkg-deb", ...args: string[]): Promise<string>;
}

/**
 * Gives apt its own configuration: that of the machine, which may name a proxy, without its hooks, which may touch the
 * system's cache. Lists, downloads and sources are below `folder`.
 */
async function privateApt(folder: string): Promise<Apt> {
  for (const part of ["lists/partial", "cache/archives/partial", "conf.d", "sources.d", "packages"]) {
    await mkdir(join(folder, part), { recursive: true });
  }
  const system = "/etc/apt/apt.conf.d";
  for (const name of existsSync(system) ? await readdir(system) : []) {
    await symlink(join(system, name), join(folder, "conf.d", name));
  }
  if (env.aptConfig) await symlink(env.aptConfig, join(folder, "conf.d", "zz-user"));
  const settings = [
    "#clear APT::Update;",
    `Dir::State::lists "${folder}/lists";`,
    `Dir::Cache "${folder}/cache";`,
    `Dir::Etc::sourcelist "/dev/null";`,
    `Dir::Etc::sourceparts "${folder}/sources.d";`,
    `Debug::NoLocking "true";`,
    `Acquire::Languages "none";`,
    `Acquire::http::Timeout "20";`,
    // As root, apt downloads as a user who cannot access root's cache folder.
    `APT::Sandbox::User "root";`,
  ];
  await writeFile(join(folder, "conf.d", "zzz-private"), settings.join("\n"));
  await writeFile(join(folder, "apt.conf"), `Dir::Etc::Parts "${folder}/conf.d";\n`);
  return {
    folder,
    async run(command, ...args) {
      const variables = { APT_CONFIG: join(folder, "apt.conf") };
      const { status, output, errors } = await runCommand(command, args, { cwd: join(folder, "packages"), variables });
      if (status === 0) return output;
      const reason = errors.split("\n").find((line) => line.startsWith("E: ")) ?? errors.trim().split("\n").at(-1);
      throw new Error(`${command} ${args[0]}: ${reason}`);
    },
  };
}

async function releaseCodename(): Promise<string> {
  const release = await readFile("/etc/os-release", "utf8").catch(() => "");
  const codename = /^VERSION_CODENAME="?([^"\n]+)"?$/m.exec(release)?.[1];
  if (codename === undefined) throw new Error("/etc/os-release has no code name of the release");
  return codename;
}

/** Copies the sources of the release into the private configuration and downloads their package lists. */
async function readLists(apt: Apt, codename: string, backports: boolean): Promise<void> {
  const folder = "/etc/apt/sources.list.d";
  const names = existsSync(folder) ? await readdir(folder) : [];
  for (const path of ["/etc/apt/sources.list", ...names.map((name) => join(folder, name))]) {
    const kind = path.endsWith(".sources") ? "sources" : path.endsWith(".list") ? "list" : undefined;
    if (kind === undefined || !existsSync(path)) continue;
    const text = deriveSources({ kind, text: await readFile(path, "utf8") }, codename, backports);
    if (text !== "") await writeFile(join(apt.folder, "sources.d", basename(path)), text);
  }
  await apt.run("apt-get", "update");
}

/** The driver, the loader, and those of their dependencies that are missing or too old here. */
async function missingPackages(apt: Apt, suite: string | undefined): Promise<Package[]> {
  const from = suite === undefined ? [] : ["--target-release", suite];
  const install = ["install", "--simulate", "--no-install-recommends", "--reinstall", ...from, ...WANTED];
  const simulation = parseSimulation(await apt.run("apt-get", ...install));
  const dependencies = parseDependencies(await apt.run("apt-cache", "depends", "--recurse", "--important", ...WANTED));
  // A different C library than the one this process runs on would crash it.
  return simulation.filter(({ name }) => dependencies.has(name) && !/^libc6\b/.test(name));
}

async function fill(folder: string, say: (line: string) => void): Promise<void> {
  const codename = await releaseCodename();
  const work = join(folder, "work");
  const apt = await privateApt(work);
  await apt.run("apt-get", "--version");
  say(`reading ${codename}'s package lists (about 10 MB)`);
  // The backports suite may not exist.
  await readLists(apt, codename, true).catch(() => readLists(apt, codename, false));
  const tooOld = parseCandidateMajor(await apt.run("apt-cache", "policy", "mesa-vulkan-drivers")) < OLDEST_MESA;
  const packages = await missingPackages(apt, tooOld ? `${codename}-backports` : undefined);
  const names = packages.map(({ name, version }) => `${name}=${version}`);
  const size = parseDownloadSize(await apt.run("apt-get", "download", "--print-uris", ...names));
  say(`downloading lavapipe, a software Vulkan driver: ${names.length} packages, ${formatBytes(size)}`);
  await apt.run("apt-get", "download", ...names);
  for (const archive of await filesBelow(join(work, "packages"))) {
    await apt.run("dpkg-deb", "--extract", archive, join(work, "root"));
  }
  const files = await filesBelow(join(work, "root"));
  const libraries = files.filter((path) => /\/lib[^/]*\.so[.\d]*$/.test(path) && !path.includes("libVkLayer"));
  await arrangeDriver(folder, libraries, files.filter((path) => /\/vulkan\/icd\.d\/[^/]+\.json$/.test(path)));
  await writeFile(join(folder, "packages.txt"), `${names.join("\n")}\n`);
  await rm(work, { recursive: true });
}

/** Downloads lavapipe with the package client of Debian or Ubuntu and unpacks it into the cache. */
export async function provideLavapipe(say: (line: string) => void): Promise<void> {
  await createFolderWhole(driverFolder("lavapipe"), (folder) => fill(folder, say));
}

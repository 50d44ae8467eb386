/** Debian's and Ubuntu's package client, with all its state in a folder of ours: it needs no rights and changes no system. */
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { env } from "../env.js";
import { formatBytes } from "../format.js";
import { parseDownloadSize } from "./apt-output.js";
import { deriveSources } from "./apt-sources.js";
import { filesBelow } from "./driver-folder.js";
import { runCommand } from "./run-command.js";

/** The package client, with all its state in `folder`. */
export interface Apt {
  readonly folder: string;
  /** Code name of the release, such as bookworm. */
  readonly codename: string;
  run(command: "apt-get" | "apt-cache" | "dpkg-deb", ...args: string[]): Promise<string>;
}

async function releaseCodename(): Promise<string> {
  const release = await readFile("/etc/os-release", "utf8").catch(() => "");
  const codename = /^VERSION_CODENAME="?([^"\n]+)"?$/m.exec(release)?.[1];
  if (codename === undefined) throw new Error("/etc/os-release has no code name of the release");
  return codename;
}

/**
 * Gives apt its own configuration: that of the machine, which may name a proxy, without its hooks, which may touch the
 * system's cache. Lists, downloads and sources are below `folder`.
 */
async function privateApt(folder: string): Promise<Apt> {
  const codename = await releaseCodename();
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
    codename,
    async run(command, ...args) {
      const variables = { APT_CONFIG: join(folder, "apt.conf") };
      const { status, output, errors } = await runCommand(command, args, { cwd: join(folder, "packages"), variables });
      if (status === 0) return output;
      const reason = errors.split("\n").find((line) => line.startsWith("E: ")) ?? errors.trim().split("\n").at(-1);
      throw new Error(`${command} ${args[0]}: ${reason}`);
    },
  };
}

/** Copies the sources of the release into the private configuration and downloads their package lists. */
async function readLists(apt: Apt, backports: boolean): Promise<void> {
  const folder = "/etc/apt/sources.list.d";
  const names = existsSync(folder) ? await readdir(folder) : [];
  for (const path of ["/etc/apt/sources.list", ...names.map((name) => join(folder, name))]) {
    const kind = path.endsWith(".sources") ? "sources" : path.endsWith(".list") ? "list" : undefined;
    if (kind === undefined || !existsSync(path)) continue;
    const text = deriveSources({ kind, text: await readFile(path, "utf8") }, apt.codename, backports);
    if (text !== "") await writeFile(join(apt.folder, "sources.d", basename(path)), text);
  }
  await apt.run("apt-get", "update");
}

/** Opens the package client in the empty `folder`, with the lists of the machine's release and, if there are any, its backports. */
export async function openApt(folder: string, say: (line: string) => void): Promise<Apt> {
  const apt = await privateApt(folder);
  await apt.run("apt-get", "--version");
  say(`reading ${apt.codename}'s package lists (about 10 MB)`);
  // The backports suite may not exist.
  await readLists(apt, true).catch(() => readLists(apt, false));
  return apt;
}

/**
 * Downloads packages, given as `name` or `name=version`, and unpacks their files into the folder that it returns. `what`
 * describes them in the message.
 */
export async function unpackPackages(
  apt: Apt,
  packages: readonly string[],
  what: string,
  say: (line: string) => void,
): Promise<string> {
  const size = parseDownloadSize(await apt.run("apt-get", "download", "--print-uris", ...packages));
  say(`downloading ${what}: ${packages.length} packages, ${formatBytes(size)}`);
  await apt.run("apt-get", "download", ...packages);
  const root = join(apt.folder, "root");
  for (const archive of await filesBelow(join(apt.folder, "packages"))) {
    await apt.run("dpkg-deb", "--extract", archive, root);
  }
  return root;
}

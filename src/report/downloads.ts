/** The files of a run that its page offers to download. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";

const atTop: ReadonlySet<string> = new Set(["config.json", "log.jsonl", "metrics.jsonl"]);
const weights = /^(best|latest)_net_\w+\.(safetensors|pth)$/;

/** Whether a path relative to a run's folder, with `/` as separator, is one of these files. */
export function isDownload(path: string): boolean {
  const [folder = "", file = "", ...more] = path.split("/");
  return atTop.has(path) || (folder === "checkpoints" && more.length === 0 && weights.test(file));
}

/** Those that there are, in a fixed order: settings, logs, weights. */
export async function listDownloads(runFolder: string): Promise<readonly string[]> {
  const names = async (folder: string): Promise<string[]> => {
    const entries = await readdir(join(runFolder, folder), { withFileTypes: true }).catch(() => []);
    return entries.filter((entry) => entry.isFile()).map(({ name }) => name).sort();
  };
  const all = [...(await names(".")), ...(await names("checkpoints")).map((name) => `checkpoints/${name}`)];
  return all.filter((path) => isDownload(path));
}

/** Manifests of the Vulkan drivers on this machine. */
import { readdir } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { env } from "../env.js";

/** Where the Vulkan loader looks for drivers on Linux. */
export const MANIFEST_FOLDERS = [
  "/usr/share/vulkan/icd.d",
  "/etc/vulkan/icd.d",
  "/usr/local/share/vulkan/icd.d",
  "/usr/local/etc/vulkan/icd.d",
];

/** The manifests that the loader uses with these variables added to the present environment. */
export async function vulkanManifests(variables: Readonly<Record<string, string>>): Promise<string[]> {
  const given = variables["VK_DRIVER_FILES"] ?? env.vulkanDrivers;
  if (given !== undefined) return given.split(delimiter);
  const added = variables["VK_ADD_DRIVER_FILES"] ?? env.addedVulkanDrivers;
  const installed = MANIFEST_FOLDERS.map(async (folder) => {
    const names: string[] = await readdir(folder).catch(() => []);
    return names.sort().filter((name) => name.endsWith(".json")).map((name) => join(folder, name));
  });
  return [...(added?.split(delimiter) ?? []), ...(await Promise.all(installed)).flat()];
}

import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { driverFolder, softwareVariables } from "../../src/driver/driver-folder.js";
import { provideLavapipe } from "../../src/driver/lavapipe.js";
import { CannotRun } from "./cannot-run.js";
import { layerVariables } from "./layer.js";

/** AMD's GPUs by RADV's names for them: an RX 7900, an RX 6900 and a Vega 64. */
export const devices = ["navi31", "navi21", "vega10"] as const;
export type Device = (typeof devices)[number];

/** The path of RADV's manifest. RADV is in the package from which this program gets lavapipe. */
async function radvManifest(): Promise<string> {
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw new CannotRun(`it needs Linux on x64, and this is ${process.platform} on ${process.arch}`);
  }
  const folder = driverFolder("lavapipe");
  if (!existsSync(folder)) {
    await provideLavapipe((line) => console.error(`driver: ${line}`)).catch((error: unknown) => {
      throw new CannotRun(`Mesa's drivers cannot be downloaded: ${error instanceof Error ? error.message : String(error)}`);
    });
  }
  const name = (await readdir(join(folder, "icd"))).find((file) => file.startsWith("radeon_icd"));
  if (name === undefined) throw new CannotRun(`no RADV in ${folder}: the package that lavapipe came from has none`);
  return join(folder, "icd", name);
}

/**
 * Returns a function that gives the environment variables for a device. With them, a process finds that GPU without its hardware,
 * and RADV writes the assembly and statistics of each pipeline to standard error. Throws CannotRun if something is missing.
 */
export async function nullDeviceVariables(): Promise<(device: Device) => Record<string, string>> {
  const manifest = await radvManifest();
  const variables = {
    ...(await softwareVariables("lavapipe")),
    ...(await layerVariables()),
    VK_DRIVER_FILES: manifest,
    VK_ICD_FILENAMES: manifest,
    RADV_DEBUG: "shaderstats,asm,nocache",
    MESA_SHADER_CACHE_DISABLE: "true",
  };
  return (device) => ({ ...variables, RADV_FORCE_FAMILY: device });
}

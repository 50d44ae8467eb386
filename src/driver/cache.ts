/** The folder that keeps downloads, measurements and the adapter found last. */
import envPaths from "env-paths";
import { env } from "../env.js";

/** CYCLEGAN_CACHE, or a folder in the user's own cache. */
export function cacheFolder(): string {
  return env.cacheFolder ?? envPaths("cyclegan-webgpu", { suffix: "" }).cache;
}

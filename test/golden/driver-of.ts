import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/**
 * The driver that a run was trained on, with its version, as a golden record names it.
 *
 * Mesa's name has the versions of Mesa and LLVM and the width of its vectors. Every build of SwiftShader says
 * 5.0.0, so the digest of its library is added.
 */
export function driverOf(run: string): string {
  const { sessions } = JSON.parse(readFileSync(join(run, "run.json"), "utf8")) as { sessions: { adapter: string; platform: string }[] };
  const session = sessions.at(-1);
  if (!session) throw new Error(`${run}: expected a session in run.json, got none.`);
  const library = /swiftshader/i.test(session.adapter) ? [`library ${libraryDigest()}`] : [];
  return [session.platform, session.adapter, ...library].join(" / ");
}

/** The first digits of the SHA-256 of the driver's library, or "unknown" where the environment does not name its file. */
function libraryDigest(): string {
  const manifest = process.env["VK_DRIVER_FILES"] ?? process.env["VK_ICD_FILENAMES"];
  if (!manifest || !existsSync(manifest)) return "unknown";
  const { ICD } = JSON.parse(readFileSync(manifest, "utf8")) as { ICD: { library_path: string } };
  const library = resolve(dirname(manifest), ICD.library_path);
  if (!existsSync(library)) return "unknown";
  return createHash("sha256").update(readFileSync(library)).digest("hex").slice(0, 16);
}

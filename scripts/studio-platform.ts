/** What a training worker of the studio has in place of Node: the training's own code, on other modules. */
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { BuildOptions, Plugin } from "esbuild";

const source = fileURLToPath(new URL("../src", import.meta.url));
const platform = (name: string): string => join(source, "studio/platform", name);

/** Modules of Node. */
const ofNode: Readonly<Record<string, string>> = {
  "node:fs": platform("fs.ts"),
  "node:fs/promises": platform("fs-promises.ts"),
  "node:crypto": platform("crypto.ts"),
  "node:os": platform("os.ts"),
  "node:path": fileURLToPath(import.meta.resolve("pathe")),
};

/** Modules of ours that deal with processes, drivers, threads and codecs. */
const ours: Readonly<Record<string, string>> = {
  "data/decode.ts": platform("decode.ts"),
  "data/decode-labels.ts": platform("decode-labels.ts"),
  "data/encode.ts": platform("encode.ts"),
  "data/prepare-pool.ts": platform("prepare-pool.ts"),
  "driver/machine-memory.ts": platform("machine-memory.ts"),
  "driver/tune-device.ts": platform("tune-device.ts"),
  "io/processes.ts": platform("processes.ts"),
  "open-gpu.ts": join(source, "browser.ts"),
  "run/lock.ts": platform("lock.ts"),
};

const swap: Plugin = {
  name: "platform",
  setup(builder) {
    builder.onResolve({ filter: /^node:/ }, ({ path }) => {
      const replacement = ofNode[path];
      return replacement === undefined ? { errors: [{ text: `${path}: the training worker has no replacement for it.` }] } : { path: replacement };
    });
    builder.onResolve({ filter: /^\.\.?\/.*\.js$/ }, ({ path, resolveDir }) => {
      const name = relative(source, join(resolveDir, path)).replace(/\.js$/, ".ts").replaceAll("\\", "/");
      const replacement = ours[name];
      // A replacement may use what it replaces.
      return replacement === undefined || resolveDir === dirname(platform("")) ? undefined : { path: replacement };
    });
  },
};

/** Options for esbuild that replace Node. */
export const withoutNode: Pick<BuildOptions, "plugins" | "define"> = {
  plugins: [swap],
  define: {
    "process.platform": '"browser"',
    "process.arch": "navigator.platform",
    "process.version": "navigator.userAgent",
    "process.pid": "1",
  },
};

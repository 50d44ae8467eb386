import { execFile } from "node:child_process";

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
}

const library = new URL("../../dist/node.js", import.meta.url).href;

/** Runs JavaScript in a separate process, with the built library as `lib` and a device as `gpu`. */
export function inChildProcess(script: string): Promise<Outcome> {
  const code = `import * as lib from ${JSON.stringify(library)};\nconst gpu = await lib.openGpu();\n${script}`;
  return new Promise((resolve) => {
    const child = execFile(process.execPath, ["--input-type=module", "--eval", code], (_, stdout) => {
      resolve({ code: child.exitCode ?? -1, stdout });
    });
  });
}

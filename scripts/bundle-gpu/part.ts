import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { finished } from "node:stream/promises";

/** What a part's program exits with when it has nothing to run on, the convention of Automake's tests. */
const SKIPPED = 77;

export interface PartResult {
  readonly status: "passed" | "failed" | "skipped";
  readonly seconds: number;
}

/** Runs a program to its end; what it prints goes to the console and, if given, to a log. Gives its exit status. */
export async function runProgram(
  [command = "", ...args]: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv; readonly log?: string },
): Promise<number> {
  const { log, ...place } = options;
  const output = log === undefined ? "inherit" : "pipe";
  const child = spawn(command, args, { ...place, stdio: ["ignore", output, output] });
  const ended = new Promise<number>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? 128));
  });
  if (log === undefined) return ended;
  const file = createWriteStream(log);
  file.write(`$ ${[command, ...args].join(" ")}\n`);
  for (const [from, to] of [[child.stdout, process.stdout], [child.stderr, process.stderr]] as const) {
    from?.on("data", (chunk: Buffer) => {
      to.write(chunk);
      file.write(chunk);
    });
  }
  try {
    return await ended;
  } finally {
    // The log is opened in the background: also where the program could not be started, it is waited for.
    file.end();
    await finished(file);
  }
}

/** Runs a part. One whose program is not on this machine is skipped: that can be Python alone. */
export async function runPart(
  command: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv; readonly log: string },
): Promise<PartResult> {
  const start = performance.now();
  const code = await runProgram(command, options).catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    return SKIPPED;
  });
  const seconds = (performance.now() - start) / 1000;
  return { status: code === 0 ? "passed" : code === SKIPPED ? "skipped" : "failed", seconds };
}

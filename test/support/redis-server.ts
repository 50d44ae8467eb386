import { spawn } from "node:child_process";
import { accessSync, constants, mkdtempSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

const names = ["redis-server", "valkey-server"];

/** The path of a Redis or Valkey server in PATH; undefined if there is none. */
export function findRedis(): string | undefined {
  const paths = (process.env["PATH"] ?? "").split(delimiter).flatMap((folder) => names.map((name) => join(folder, name)));
  return paths.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => {
    server.listen(0, "127.0.0.1", done);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => {
    server.close(done);
  });
  return port;
}

/** A Redis server of a test, which keeps nothing. */
export interface RedisServer {
  readonly address: string;
  readonly port: number;
  readonly stop: () => Promise<void>;
}

/** Starts a server on a free port of this machine, with a password if one is given. */
export async function startRedis(program: string, { password, port: wanted }: { readonly password?: string; readonly port?: number } = {}): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), "cyclegan-redis-"));
  const port = wanted ?? (await freePort());
  const child = spawn(program, ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder, ...(password === undefined ? [] : ["--requirepass", password])]);
  const ended = new Promise<void>((done) => {
    child.on("exit", () => done());
  });
  await new Promise<void>((resolve, reject) => {
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (part: string) => {
      if ((text += part).includes("Ready to accept connections")) resolve();
    });
    child.on("error", reject);
    child.on("exit", () => reject(new Error(text)));
  });
  return {
    address: `redis://${password === undefined ? "" : `:${password}@`}127.0.0.1:${port}`,
    port,
    async stop() {
      child.kill();
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
}

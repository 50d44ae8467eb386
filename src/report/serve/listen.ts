/** Opens the port of a served page. */
import type { Server } from "node:http";
import { isIP } from "node:net";
import { CycleGANError } from "../../errors.js";

/** The default port. If it is in use, the next free one is taken. */
export const defaultPort = 8097;

const triedPorts = 50;

function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

function listenOnce(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port, exclusive: true }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

/**
 * Binds a server and returns its port: `port`, or by default the first free one from `defaultPort` up.
 *
 * Throws a CycleGANError if the port is in use or the address is not one of this machine.
 */
export async function listen(server: Server, host: string, port: number | undefined): Promise<number> {
  const last = port ?? defaultPort + triedPorts - 1;
  for (let tried = port ?? defaultPort; ; tried++) {
    try {
      await listenOnce(server, host, tried);
      const address = server.address();
      return typeof address === "object" && address !== null ? address.port : tried;
    } catch (error) {
      const code = errorCode(error);
      if (code === "EADDRINUSE" && tried < last) continue;
      throw listenError(code, host, tried, error);
    }
  }
}

function listenError(code: string, host: string, port: number, cause: unknown): unknown {
  if (code === "EADDRINUSE") {
    return new CycleGANError(`--port: expected a free port, got ${port}, which is taken. Use another one, or 0 for any free port.`, { cause });
  }
  if (code === "EACCES") {
    return new CycleGANError(`--port: expected a port this user may open, got ${port}. Use one above 1023.`, { cause });
  }
  if (["EADDRNOTAVAIL", "ENOTFOUND", "EAI_AGAIN", "EINVAL"].includes(code)) {
    return new CycleGANError(`--host: expected an address of this machine, got ${host}. Use 0.0.0.0 for all of them.`, { cause });
  }
  return cause;
}

/** Whether the host can only be reached from this machine. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}

/**
 * Whether a request's Host header names this machine, with any port (a tunnel may use another).
 *
 * A foreign page whose name was made to resolve to 127.0.0.1 (DNS rebinding) sends its own name in that header.
 */
export function namesLoopback(hostHeader: string | undefined): boolean {
  const name = /^(\[[^\]]*\]|[^:]*)(:\d{1,5})?$/.exec(hostHeader ?? "")?.[1]?.toLowerCase() ?? "";
  return isLoopback(name.replace(/^\[(.*)\]$/, "$1"));
}

/** The address of the page for a browser on this machine. */
export function urlOf(host: string, port: number): string {
  const reached = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  return `http://${isIP(reached) === 6 ? `[${reached}]` : reached}:${port}/`;
}

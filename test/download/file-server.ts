import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll } from "vitest";

/** How a server of one file behaves. */
export interface Behaviour {
  content: Uint8Array;
  etag?: string | undefined;
  /** Whether it answers requests for a part. */
  ranges: boolean;
  /** Ends the connection after so many bytes of each answer. */
  cutAfter?: number | undefined;
  /** Sends nothing more after so many bytes, and keeps the connection. */
  stallAfter?: number | undefined;
  /** Whether answers have a length. */
  sized: boolean;
  /** A length that is not that of the file. */
  claimed?: number | undefined;
  /** An answer without the file. */
  status?: number | undefined;
}

export interface FileServer {
  readonly url: string;
  readonly behaviour: Behaviour;
  /** The Range header of each request; "" for a request without one. */
  readonly requests: string[];
}

function answer({ content, etag, ranges, cutAfter, stallAfter, sized, claimed, status }: Behaviour, request: IncomingMessage, response: ServerResponse): void {
  if (status !== undefined) {
    response.writeHead(status).end("no file");
    return;
  }
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
  const isPart = ranges && start > 0 && (request.headers["if-range"] ?? etag) === etag;
  if (isPart && start >= content.length) {
    response.writeHead(416).end();
    return;
  }
  const part = isPart ? content.subarray(start) : content;
  const headers: Record<string, string> = etag === undefined ? {} : { etag };
  if (sized) headers["content-length"] = String(claimed ?? part.length);
  if (isPart) headers["content-range"] = `bytes ${start}-${content.length - 1}/${content.length}`;
  response.writeHead(isPart ? 206 : 200, headers);
  const limit = cutAfter ?? stallAfter;
  response.flushHeaders();
  if (limit === undefined || limit >= part.length) response.end(part);
  else response.write(part.subarray(0, limit), () => (cutAfter === undefined ? undefined : setTimeout(() => response.destroy(), 20)));
}

/** Serves one file at `/file.zip` of this machine until the tests of the file have ended. */
export async function serveFile(content: Uint8Array): Promise<FileServer> {
  const behaviour: Behaviour = { content, etag: '"one"', ranges: true, sized: true };
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.headers.range ?? "");
    answer(behaviour, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/file.zip`, behaviour, requests };
}

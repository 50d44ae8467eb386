import { once } from "node:events";
import { createServer } from "node:net";
import { describe, expect, test, vi } from "vitest";
import { Connection, loadQueueLibraries, parseAddress } from "../../../src/translate/queue/connection.js";
import { findRedis, startRedis } from "../../support/redis-server.js";

describe("an address", () => {
  test.each([
    ["redis://host", "redis://host"],
    ["redis://host:6380/2", "redis://host:6380/2"],
    ["rediss://user:secret@host:6380", "rediss://host:6380"],
    ["redis://:secret@10.0.0.5:6379?password=secret", "redis://10.0.0.5:6379"],
    ["redis://secret@host", "redis://host"],
  ])("%s is shown as %s", (text, shown) => {
    expect(parseAddress(text)).toEqual({ url: text, shown });
  });

  test.each([
    "",
    "host:6379",
    "http://:secret@host",
    "redis:secret",
    "redis://:secret@",
    "redis//:secret@host",
    // In each of these, the URL has another host or database than the writer meant, or the password cannot be decoded.
    "redis://:sec@ret#5@host",
    "redis://user:12/34@host:6379",
    "redis://user:12?34@host",
    "redis://:sec/ret@host",
    "redis://:50%@host",
    "redis://host/secret",
  ])("%s is refused without being repeated", (text) => {
    expect(() => parseAddress(text)).toThrow(/^--redis: expected an address such as redis:\/\/host:6379 or .*, got another text\. In a password, write # as %23, % as %25, \/ as %2F, \? as %3F and @ as %40\.$/);
  });
});

test("a queue needs packages, which a message names if they are missing", async () => {
  vi.doMock("bullmq", () => {
    throw new Error("not found");
  });
  await expect(loadQueueLibraries()).rejects.toThrow("The queue needs the packages bullmq and ioredis, which are not installed. Run npm install bullmq ioredis.");
  vi.doUnmock("bullmq");
});

const program = findRedis();
const title = program === undefined ? "a connection needs redis-server, from the package of that name" : "a connection";

describe.skipIf(program === undefined)(title, { timeout: 30_000 }, () => {
  test("that is refused says why, without the password", async () => {
    const libraries = await loadQueueLibraries();
    const server = await startRedis(program ?? "", { password: "open-sesame" });
    const open = (address: string): Promise<Connection> => Connection.open(libraries, parseAddress(address));
    const where = `redis://127.0.0.1:${server.port}`;
    await expect(open(`redis://:wrong@127.0.0.1:${server.port}`)).rejects.toThrow(new RegExp(`^${where}: expected a Redis server that takes this connection, got WRONGPASS (?!.*wrong@).* Look at the server, and at --redis\\.$`));
    await expect(open(where)).rejects.toThrow(/ got NOAUTH /);
    await expect(open(`${server.address}/99`)).rejects.toThrow(`${where}/99: expected a Redis server that takes this connection, got ERR DB index is out of range.`);
    const allowed = await open(server.address);
    const refusal: unknown = await allowed.redis.call("get").catch((error: unknown) => allowed.explained(error));
    expect(String(refusal)).toContain(`${where}: the server refused a command: ERR wrong number of arguments for 'get' command. Look at`);
    allowed.close();
    await server.stop();
    await expect(open(server.address)).rejects.toThrow(/ got connect ECONNREFUSED 127\.0\.0\.1:\d+\. Look/);
  });

  test("to a program that says nothing fails", async () => {
    const silent = createServer();
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const address = silent.address();
    const libraries = await loadQueueLibraries();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const opened = Connection.open(libraries, parseAddress(`redis://127.0.0.1:${address !== null && typeof address === "object" ? address.port : 0}`));
    const failed = expect(opened).rejects.toThrow(/ got no answer within 20 s\. Look at the server/);
    const [socket] = await once(silent, "connection");
    await vi.advanceTimersByTimeAsync(30_000);
    vi.useRealTimers();
    await failed;
    socket.destroy();
    silent.close();
  });

  test("that is lost comes back with the server", async () => {
    const said: string[] = [];
    let server = await startRedis(program ?? "");
    const { address, port } = server;
    const connection = await Connection.open(await loadQueueLibraries(), parseAddress(address), { onMessage: (text) => said.push(text) });
    await server.stop();
    const answer = connection.redis.ping();
    server = await startRedis(program ?? "", { port });
    expect(await answer).toBe("PONG");
    expect(said).toEqual([`Lost the connection to ${address}. Trying again, for up to 10 min 00 s.`, `Connected to ${address} again.`]);
    connection.close();
    await server.stop();
  });

  test("that stays lost ends the work", async () => {
    const server = await startRedis(program ?? "");
    const connection = await Connection.open(await loadQueueLibraries(), parseAddress(server.address));
    const clock = vi.spyOn(performance, "now").mockReturnValue(0);
    await server.stop();
    await vi.waitFor(() => expect(connection.isReady).toBe(false));
    clock.mockReturnValue(601_000);
    await expect(connection.lost).rejects.toThrow(/ECONNREFUSED .*\. It was away for 10 min 00 s\. Look at the server/);
    clock.mockRestore();
    connection.close();
  });
});

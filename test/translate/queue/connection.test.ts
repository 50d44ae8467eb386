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

  test.each(["", "host:6379", "http://:secret@host", "redis:secret", "redis://:secret@", "redis//:secret@host"])("%s is refused without being repeated", (text) => {
    expect(() => parseAddress(text)).toThrow("--redis: expected an address such as redis://host:6379 or rediss://user:password@host:6380, got another text.");
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
    await server.stop();
    await expect(open(server.address)).rejects.toThrow(/ got connect ECONNREFUSED 127\.0\.0\.1:\d+\. Look/);
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

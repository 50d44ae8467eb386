/** Ranks find each other, exchange messages, and fail together with a sentence that names who is at fault. */
import { setTimeout as delay } from "node:timers/promises";
import { WebSocket } from "ws";
import { afterEach, describe, expect, test } from "vitest";
import { freePort } from "../../src/distributed/free-port.js";
import type { Launch } from "../../src/distributed/launch.js";
import { productVersion } from "../../src/generated/version.js";
import type { Ranks } from "../../src/distributed/process-group.js";
import { decodeMessage, encodeMessage } from "../../src/distributed/message.js";
import { joinRanks, type JoinHooks } from "../../src/distributed/rendezvous.js";

const opened: Ranks[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((group) => group.leave()));
});

function launchOf(rank: number, worldSize: number, port: number, more: Partial<Launch> = {}): Launch {
  return { rank, worldSize, localRank: rank, master: { host: "127.0.0.1", port }, secret: undefined, ...more };
}

async function join(launch: Launch, hooks: Partial<JoinHooks> = {}): Promise<Ranks> {
  const group = await joinRanks(launch, { onMessage: () => {}, patience: 20, ...hooks });
  opened.push(group);
  return group;
}

async function form(worldSize: number, more: Partial<Launch> = {}, hooks: Partial<JoinHooks> = {}): Promise<readonly Ranks[]> {
  const port = await freePort();
  // Rank 0 comes last.
  const ranks = Array.from({ length: worldSize }, (_, rank) => rank).reverse();
  const groups = await Promise.all(ranks.map((rank) => join(launchOf(rank, worldSize, port, more), hooks)));
  return groups.reverse();
}

/** A rank that joins, and answers nothing afterwards; resolves to the end of its connection with rank 0. */
async function mute(rank: number, worldSize: number, port: number): Promise<{ readonly closed: Promise<unknown> }> {
  const send = (socket: WebSocket, topic: string, value = {}): void => {
    const [head] = encodeMessage({ topic, value, floats: new Float32Array() });
    socket.send(head ?? "");
  };
  const hello = { rank, worldSize, version: productVersion, port: 1 };
  const open = async (at: number): Promise<WebSocket> => {
    for (;;) {
      const socket = new WebSocket(`ws://127.0.0.1:${at}`, { autoPong: false });
      socket.binaryType = "arraybuffer";
      const isOpen = await new Promise<boolean>((resolve) => socket.once("open", () => resolve(true)).once("error", () => resolve(false)));
      if (isOpen) return socket;
      await delay(50);
    }
  };
  const zero = await open(port);
  const places = new Promise<unknown>((resolve) => zero.once("message", resolve));
  send(zero, "hello", hello);
  const frame = await places;
  if (!(frame instanceof ArrayBuffer)) throw new TypeError("expected a frame");
  for (const place of Object(decodeMessage(frame).value["places"])) if (place[0] < rank) send(await open(place[2]), "hello", hello);
  send(zero, "linked");
  return { closed: new Promise((resolve) => zero.once("close", resolve)) };
}

describe.each([["plain", undefined], ["encrypted", "a secret of some length"]])("%s", (_, secret) => {
  test("each rank gets the parts for it, by sender", async () => {
    const groups = await form(4, { secret });
    const sent = groups.map(({ rank }) => groups.map((_, to) => Float32Array.of(rank, to, 0.5).subarray(0, to === 1 ? 0 : 3)));
    const got = await Promise.all(groups.map((group, rank) => group.allToAll("numbers", sent[rank] ?? [])));
    for (const [to, parts] of got.entries()) expect(parts).toEqual(sent.map((its) => its[to]));
  });

  test("messages of a topic keep their order, and topics do not wait for each other", async () => {
    const [first, second] = await form(2, { secret });
    first?.send(1, "slow", { number: 1 }, new Float32Array(1 << 20).fill(3));
    first?.send(1, "fast", { number: 2 });
    first?.send(1, "slow", { number: 3 });
    expect((await second?.receive(0, "fast"))?.value).toEqual({ number: 2 });
    const large = await second?.receive(0, "slow");
    expect([large?.value, large?.floats.length, large?.floats.at(-1)]).toEqual([{ number: 1 }, 1 << 20, 3]);
    expect((await second?.receive(0, "slow"))?.value).toEqual({ number: 3 });
  });
});

test("who fails ends all others with its sentence", async () => {
  const groups = await form(3);
  const waits = groups.map((group, rank) => expect(group.receive((rank + 1) % 3, "never")).rejects.toThrow("Rank 1: its disk is full."));
  groups[1]?.abort("Rank 1: its disk is full.");
  await Promise.all(waits);
  await expect(groups[2]?.receive(0, "later")).rejects.toThrow("Rank 1: its disk is full.");
});

test("who has left in good order is no loss, and who waits for it hears so", async () => {
  const [first, second, third] = await form(3);
  const wait = expect(first?.receive(2, "never")).rejects.toThrow("Rank 2 has ended.");
  await third?.leave();
  await wait;
  second?.send(0, "still", { here: true });
  expect((await first?.receive(1, "still"))?.value).toEqual({ here: true });
});

test.each([
  ["another version", [{}, { version: "0.0.9" }], [2, 2], /Rank 1 has version 0\.0\.9 of this program, rank 0 has \d.*\. Install the same one for all\./],
  ["another WORLD_SIZE", [{}, {}], [2, 3], /Rank 1 was started with a WORLD_SIZE of 3, rank 0 with 2\./],
] as const)("%s ends both", async (_, hooks, sizes, message) => {
  const port = await freePort();
  const joins = sizes.map((worldSize, rank) => join(launchOf(rank, worldSize, port), hooks[rank]));
  await Promise.all(joins.map((one) => expect(one).rejects.toThrow(message)));
});

test("a second rank of the same number is refused, and the first goes on", async () => {
  const port = await freePort();
  const messages: string[] = [];
  const zero = join(launchOf(0, 3, port), { onMessage: (text) => messages.push(text) });
  const one = join(launchOf(1, 3, port));
  await expect.poll(() => messages.length).toBeGreaterThan(0);
  await delay(300);
  await expect(join(launchOf(1, 3, port))).rejects.toThrow(`Rank 1 is there already. Is MASTER_PORT ${port} that of another training?`);
  await Promise.all([zero, one, join(launchOf(2, 3, port))]);
  expect(messages).toContain("A second rank 1 was refused.");
});

test("a second rank 0 cannot take the port", async () => {
  const port = await freePort();
  const first = join(launchOf(0, 2, port));
  await delay(100);
  await expect(join(launchOf(0, 2, port))).rejects.toThrow(`127.0.0.1:${port} is taken, perhaps by rank 0 of another training. Set another MASTER_PORT for all ranks.`);
  await Promise.all([first, join(launchOf(1, 2, port))]);
});

test("another secret, or none, is refused, and the right one still gets in", async () => {
  const port = await freePort();
  const secret = "the right secret";
  const messages: string[] = [];
  const zero = join(launchOf(0, 2, port, { secret }), { onMessage: (text) => messages.push(text) });
  await expect(join(launchOf(1, 2, port, { secret: "some other secret" }))).rejects.toThrow("does not know this CYCLEGAN_SECRET. Set the same value for all ranks.");
  await expect(join(launchOf(1, 2, port), { patience: 1 })).rejects.toThrow(/Rank 0 cannot be reached|not all of the 2 ranks came/);
  await Promise.all([zero, join(launchOf(1, 2, port, { secret }))]);
  expect(messages).toContain("A connection with another CYCLEGAN_SECRET was refused.");
});

test("ranks that do not come are not waited for without end", async () => {
  const port = await freePort();
  const joins = [0, 2].map((rank) => join(launchOf(rank, 3, port), { patience: rank === 0 ? 1 : 20 }));
  await Promise.all(joins.map((one) => expect(one).rejects.toThrow("Waited 1 s, but not all of the 3 ranks came: rank 0 met only 2.")));
});

test("a rank that no longer answers is lost, and one that answers is not", async () => {
  const port = await freePort();
  const heartbeat = { every: 0.1, patience: 0.7 };
  const [zero, , silent] = await Promise.all([join(launchOf(0, 3, port), { heartbeat }), join(launchOf(1, 3, port), { heartbeat }), mute(2, 3, port)]);
  const started = performance.now();
  await expect(zero.receive(1, "never")).rejects.toThrow("Rank 2 was lost: it has not answered for 0.7 s.");
  expect(performance.now() - started).toBeLessThan(5000);
  // Otherwise its process would not end.
  await silent.closed;
});

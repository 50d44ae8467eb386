/** What launchers say of the processes that they start. */
import { afterEach, expect, test, vi } from "vitest";
import { isOpen, turnOf } from "../../src/cli/ranks.js";
import { readLaunch } from "../../src/distributed/launch.js";
import type { LaunchVariables } from "../../src/env.js";
import { UsageError } from "../../src/errors.js";

afterEach(() => void vi.unstubAllEnvs());

const two = { RANK: "1", WORLD_SIZE: "2" };

test("a process that is alone has no launch, whatever else is set", () => {
  for (const WORLD_SIZE of [undefined, "1"]) expect(readLaunch({ RANK: "0", MASTER_ADDR: "node1", WORLD_SIZE }, undefined)).toBeUndefined();
});

test("RANK and WORLD_SIZE suffice on one machine", () => {
  const master = { host: "127.0.0.1", port: 29500 };
  expect(readLaunch(two, undefined)).toEqual({ rank: 1, worldSize: 2, localRank: 0, master, secret: undefined });
});

test("several machines need a secret", () => {
  const variables = { ...two, LOCAL_RANK: "1", MASTER_ADDR: "node1", MASTER_PORT: "4000" };
  expect(() => readLaunch(variables, undefined)).toThrow("MASTER_ADDR is node1, which other machines can reach: set CYCLEGAN_SECRET to the same value for all ranks.");
  expect(() => readLaunch(variables, "short")).toThrow("CYCLEGAN_SECRET: expected at least 16 characters, got 5.");
  const launch = readLaunch(variables, "0123456789abcdef");
  expect(launch).toEqual({ rank: 1, worldSize: 2, localRank: 1, master: { host: "node1", port: 4000 }, secret: "0123456789abcdef" });
});

test.each<[LaunchVariables, string]>([
  [{ RANK: undefined }, "RANK: expected a whole number from 0 to 1, got none. The launcher of the processes sets it."],
  [{ RANK: "2" }, 'RANK: expected a whole number from 0 to 1, got "2".'],
  [{ WORLD_SIZE: "many" }, 'WORLD_SIZE: expected a whole number of at least 1, got "many".'],
  [{ MASTER_PORT: "70000" }, 'MASTER_PORT: expected a whole number from 1 to 65535, got "70000".'],
  [{ LOCAL_RANK: "-1" }, 'LOCAL_RANK: expected a whole number from 0 to 1, got "-1".'],
])("%j is refused", (wrong, message) => {
  const read = (): unknown => readLaunch({ ...two, ...wrong }, undefined);
  expect(read).toThrow(UsageError);
  expect(read).toThrow(message);
});

test("torchrun listens at its port itself, so rank 0 takes the next", () => {
  const launch = readLaunch({ ...two, MASTER_ADDR: "localhost", MASTER_PORT: "4000", TORCHELASTIC_USE_AGENT_STORE: "True" }, undefined);
  expect(launch?.master).toEqual({ host: "localhost", port: 4001 });
});

test("processes of a machine take its adapters in turn, if there are several", () => {
  const adapters = [0, 2, 3].map((number) => ({ backend: "vulkan", name: "GPU", number }));
  expect([0, 1, 2, 3].map((localRank) => turnOf(adapters, localRank))).toEqual(["0", "2", "3", "0"]);
  expect(turnOf(adapters.slice(0, 1), 1)).toBeUndefined();
});

test("a choice of adapter is open unless it names one", () => {
  vi.stubEnv("CYCLEGAN_ADAPTER", "");
  expect(["auto", "hardware", "software", "1", "4090"].filter(isOpen)).toEqual(["auto", "hardware"]);
  vi.stubEnv("CYCLEGAN_ADAPTER", "hardware");
  expect(isOpen("auto")).toBe(true);
  vi.stubEnv("CYCLEGAN_ADAPTER", "1");
  expect(isOpen("auto")).toBe(false);
});

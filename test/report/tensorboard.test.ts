import { appendFileSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openEventFile } from "../../src/report/tensorboard/event-file.js";
import { crc32c } from "../../src/report/tensorboard/tfrecord.js";
import { addSample, logLine, makeRun, scratchFolder } from "./make-run.js";

// RFC 3720, appendix B.4; the last is the check value of the CRC catalogues.
test.each([
  [new Uint8Array(32), 0x8a9136aa],
  [new Uint8Array(32).fill(0xff), 0x62a8ab43],
  [Uint8Array.from({ length: 32 }, (_, index) => index), 0x46dd794e],
  [Uint8Array.from({ length: 32 }, (_, index) => 31 - index), 0x113fdb5c],
  [new TextEncoder().encode("123456789"), 0xe3069283],
])("CRC-32C of a known text", (bytes, crc) => {
  expect(crc32c(bytes)).toBe(crc);
});

/** CRC-32C bit by bit, as its definition says, rotated right by 15 and shifted by the constant. */
function maskedCrc(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    for (let bit = 0; bit < 8; bit++) {
      const odd = (crc ^ (byte >>> bit)) & 1;
      crc = (crc >>> 1) ^ (odd ? 0x82f63b78 : 0);
    }
  }
  const value = BigInt((crc ^ 0xffffffff) >>> 0);
  return Number((((value >> 15n) | (value << 17n)) + 0xa282ead8n) & 0xffffffffn);
}

/** The data of every TFRecord; throws for a wrong length or CRC. */
function recordsOf(file: Buffer): Buffer[] {
  const records: Buffer[] = [];
  for (let at = 0; at < file.length; ) {
    const length = Number(file.readBigUInt64LE(at));
    expect(file.readUInt32LE(at + 8)).toBe(maskedCrc(file.subarray(at, at + 8)));
    const data = file.subarray(at + 12, at + 12 + length);
    expect(file.readUInt32LE(at + 12 + length)).toBe(maskedCrc(data));
    records.push(data);
    at += 16 + length;
  }
  return records;
}

type Field = bigint | Buffer;

/** The fields of a protobuf message in order: number and value. Source: the protobuf encoding guide. */
function fieldsOf(message: Buffer): [number, Field][] {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[at++]!;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const take = (length: number): Buffer => message.subarray(at, (at += length));
  const fields: [number, Field][] = [];
  while (at < message.length) {
    const key = Number(varint());
    const type = key & 7;
    const value = type === 0 ? varint() : take(type === 1 ? 8 : type === 5 ? 4 : Number(varint()));
    fields.push([key >>> 3, value]);
  }
  return fields;
}

const fieldOf = (message: Buffer, number: number): Field => fieldsOf(message).find(([key]) => key === number)![1];
const messageOf = (message: Buffer, number: number): Buffer => fieldOf(message, number) as Buffer;

function eventFiles(run: string): Buffer[] {
  const folder = join(run, "tensorboard");
  return readdirSync(folder).map((name) => {
    expect(name).toMatch(/^events\.out\.tfevents\.\d{10}\./);
    return readFileSync(join(folder, name));
  });
}

test("a decoder written from the specifications reads back numbers and image of a step", async () => {
  const run = join(scratchFolder(), "run");
  makeRun(run, 3);
  const events = openEventFile(run);
  appendFileSync(join(run, "log.jsonl"), logLine(40, { D_A: 0.123 }));
  appendFileSync(join(run, "metrics.jsonl"), '{"step":40,"epoch":1,"swd":0.5}\n');
  addSample(run, 40);
  await events.update(40);

  const [version, ...records] = recordsOf(Buffer.concat(eventFiles(run)));
  expect(messageOf(version!, 3).toString()).toBe("brain.Event:2");
  expect(Math.abs(messageOf(version!, 1).readDoubleLE() - Date.now() / 1000)).toBeLessThan(60);
  expect(records.map((record) => fieldOf(record, 2))).toEqual([40n, 40n, 40n]);
  const valuesOf = (record: Buffer): [string, Buffer][] =>
    fieldsOf(messageOf(record, 5)).map(([, value]) => [messageOf(value as Buffer, 1).toString(), value as Buffer]);
  const log = new Map(valuesOf(records[0]!));
  expect([...log.keys()]).toEqual(expect.arrayContaining(["train/lr", "train/imagesPerSecond", "train/cycle_B"]));
  expect(messageOf(log.get("train/D_A")!, 2).readFloatLE()).toBe(Math.fround(0.123));
  expect(valuesOf(records[1]!).map(([tag, value]) => [tag, messageOf(value, 2).readFloatLE()])).toEqual([["held-out/swd", 0.5]]);
  const [[tag, value] = ["", Buffer.alloc(0)]] = valuesOf(records[2]!);
  const image = messageOf(value, 4);
  expect([tag, fieldOf(image, 1), fieldOf(image, 2), fieldOf(image, 3)]).toEqual(["samples", 258n, 518n, 3n]);
  expect(messageOf(image, 4).equals(readFileSync(join(run, "samples", "step-000040.png")))).toBe(true);
});

test("each line is written once, and what was there before never", async () => {
  const run = join(scratchFolder(), "run");
  makeRun(run, 3);
  const events = openEventFile(run);
  await events.update();
  expect(readdirSync(run)).not.toContain("tensorboard");
  for (const step of [40, 50]) {
    appendFileSync(join(run, "log.jsonl"), logLine(step));
    await events.update();
  }
  const [, ...records] = recordsOf(Buffer.concat(eventFiles(run)));
  expect(records.map((record) => fieldOf(record, 2))).toEqual([40n, 50n]);
});

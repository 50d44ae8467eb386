import { buffer } from "node:stream/consumers";
import { expect, test } from "vitest";
import { withoutNativeNoise } from "../../src/driver/native-noise.js";

const noise = (kind: string): string =>
  `Warning: maxDynamic${kind}BuffersPerPipelineLayout artificially reduced from 1000000 to 16 to fit dynamic offsets.\n`;

/** What comes out after each chunk, and at the end. */
function passed(...chunks: readonly (string | Buffer)[]): Promise<string[]> {
  const filter = withoutNativeNoise();
  const read = (): string => String(filter.read() ?? "");
  const outputs = chunks.map((chunk) => {
    filter.write(chunk);
    return read();
  });
  return new Promise((resolve) => {
    filter.on("end", () => resolve(outputs)).on("data", (rest: Buffer) => outputs.push(rest.toString()));
    filter.end();
  });
}

test("both warnings vanish, whatever stands around them", async () => {
  expect(await passed(`one\n${noise("Uniform")}${noise("Storage")}two\n`)).toEqual(["one\ntwo\n"]);
});

test("a warning cut anywhere vanishes", async () => {
  const whole = noise("Uniform");
  for (let cut = 1; cut < whole.length; cut++) {
    expect(await passed("a\n", whole.slice(0, cut), whole.slice(cut), "b")).toEqual(["a\n", "", "", "b"]);
  }
});

test("everything else passes at once, incomplete lines and control sequences too", async () => {
  const chunks = ["step 1", "\u001B[2K", "\r step 2\n", "\u001B[?25l", "Warnings", ": none\n", "Error: x"];
  expect(await passed(...chunks)).toEqual(chunks);
});

test("a line that only begins like the warning passes once that is clear", async () => {
  expect(await passed("War", "ning: disk full\n")).toEqual(["", "Warning: disk full\n"]);
  expect(await passed("Warning: maxDynamic", " is my variable\n")).toEqual(["", "Warning: maxDynamic is my variable\n"]);
  expect(await passed("War", "\u001B[31m x")).toEqual(["", "War\u001B[31m x"]);
  expect(await passed("Warn")).toEqual(["", "Warn"]);
});

test("the status line's control sequences before a warning stay", async () => {
  expect(await passed(`frame\n\u001B[?2026l${noise("Storage")}`)).toEqual(["frame\n\u001B[?2026l"]);
});

test("a warning quoted within a line passes", async () => {
  const quoted = `it said: ${noise("Uniform")}`;
  expect(await passed(quoted)).toEqual([quoted]);
});

test("a character cut in two by a chunk's end stays whole", async () => {
  const bytes = Buffer.from("μs …\n");
  const filter = withoutNativeNoise();
  for (const byte of bytes) filter.write(Buffer.from([byte]));
  filter.end();
  expect(await buffer(filter)).toEqual(bytes);
});

/**
 * Feeds damaged image files to the decoders: `npm run fuzz:images -- [seconds] [first seed]`.
 *
 * Each case must end, in time and in memory, with an image or a DataError that names the file.
 */
import { fileURLToPath } from "node:url";
import { decodeImageBytes } from "../src/data/decode.js";
import { DataError } from "../src/errors.js";
import { Random } from "../src/random.js";
import { imageSeeds } from "../test/fuzz/image-seeds.js";
import { mutate } from "../test/fuzz/mutate.js";
import { fuzz } from "./fuzz.js";

const seeds = await imageSeeds();
const names = [...seeds.keys()];

await fuzz({
  script: fileURLToPath(import.meta.url),
  async caseOf(number) {
    const random = new Random(number).stream("image");
    const pick = (): string => names[Math.floor(random.uniform() * names.length)] ?? "";
    const [name, other] = [pick(), pick()];
    return { name, bytes: mutate(seeds.get(name) ?? Buffer.alloc(1), seeds.get(other) ?? Buffer.alloc(1), random) };
  },
  attempt: ({ name, bytes }, number) =>
    decodeImageBytes(Buffer.from(bytes), `damaged/${name}`, number % 2 === 0 ? 3 : 1, { keepAlpha: number % 3 === 0 }).then(
      ({ width, height, channels, data }) => {
        const whole = data.length === width * height * channels;
        return { outcome: whole ? "read" : "broken", message: whole ? "" : `${data.length} samples for ${width}×${height}×${channels}` } as const;
      },
      (error: unknown) => {
        const named = error instanceof DataError && /^expected an? (readable image|image of)/.test(error.message.replace(`damaged/${name}: `, ""));
        return { outcome: named && !error.message.includes("\n") ? "refused" : "broken", message: String(error) } as const;
      },
    ),
});

/** The worker that computes for the pages. Everything on the GPU happens here, so that pages answer at once. */
import { expose, transfer } from "comlink";
import { openGpu } from "../../browser.js";
import { fromImageData, toImageData } from "../../data/image-data.js";
import type { Image } from "../../data/image.js";
import { DeviceError, NonFiniteError, UsageError } from "../../errors.js";
import type { Gpu } from "../../gpu/gpu.js";
import { readWeightBytes } from "../../io/read-weight-bytes.js";
import type { StoredTensor } from "../../io/safetensors.js";
import { describeNetwork } from "../../models/networks/describe.js";
import { isFcn, type Generator } from "../../models/networks/generator.js";
import { recognise } from "../../models/networks/recognise.js";
import { generatorFromWeights, recogniseGenerator, type Direction } from "../../models/networks/recognise-generator.js";
import { translateImage, type TranslateImageOptions } from "../../models/tiling/translate-image.js";
import { releaseModule } from "../../nn/module.js";
import { directionsIn } from "./directions.js";
import { inColor, pngOf, readPicture } from "./picture.js";
import type { GeneratorNote, Translated, Translator, TranslateSettings } from "./protocol.js";

/** What the network of a file is, such as "a ResNet generator of 9 blocks, …". */
function descriptionOf(tensors: ReadonlyMap<string, StoredTensor>, prefix: string): string {
  const found = recognise(tensors).networks.find((network) => network.prefix === prefix);
  return found ? describeNetwork(found.network) : "";
}

class WorkerTranslator implements Translator {
  #gpu: Gpu | undefined;
  #generator: Generator | undefined;
  #stop = new AbortController();
  /** The newest request. Requests are answered one after the other. */
  #newest: Promise<unknown> = Promise.resolve();

  open(): Promise<void> {
    // In turn, so that weights that are given at once wait for the GPU.
    return this.#inTurn(async () => {
      this.#gpu ??= await openGpu();
    });
  }

  load(file: Uint8Array, name: string, direction: Direction): Promise<GeneratorNote> {
    return this.#inTurn(async () => {
      const { tensors } = await readWeightBytes(file, name);
      const directions = directionsIn(tensors, name);
      const chosen = directions.includes(direction) ? direction : directions[0];
      const generator = generatorFromWeights(this.#opened(), tensors, name, chosen);
      if (this.#generator) releaseModule(this.#generator);
      this.#generator = generator;
      const { prefix } = recogniseGenerator(tensors, name, chosen);
      return { name, description: descriptionOf(tensors, prefix), directions, direction: chosen };
    });
  }

  translate(picture: Blob, name: string, settings: TranslateSettings, onTile: (done: number, total: number) => void): Promise<Translated> {
    return this.#inTurn(async () => {
      const start = performance.now();
      this.#stop = new AbortController();
      const image = await readPicture(picture, name, this.#channels, settings.shorterSide);
      const { memory } = settings;
      const result = await this.#generate(image, name, { memory, onTile, signal: this.#stop.signal });
      const file = await pngOf(result);
      return { file, width: result.width, height: result.height, seconds: (performance.now() - start) / 1000 };
    });
  }

  translateFrame(frame: ImageData): Promise<ImageData> {
    return this.#inTurn(async () => {
      const image = fromImageData(frame, { channels: this.#channels });
      const pixels = toImageData(await this.#generate(image, "camera", {}));
      return transfer(pixels, [pixels.data.buffer]);
    });
  }

  async stop(): Promise<void> {
    this.#stop.abort();
  }

  async #generate(image: Image, name: string, options: TranslateImageOptions): Promise<Image> {
    const generator = this.#loaded();
    const result = await translateImage(this.#opened(), generator, image, options);
    if (!result.finite) throw new NonFiniteError(`${name}: expected a finite translation, got NaN or infinity. Use other weights.`);
    return isFcn(generator.options) ? inColor(result, generator.options.outputNc) : result;
  }

  #opened(): Gpu {
    if (!this.#gpu) throw new DeviceError("The GPU is not open yet. Wait until it is.");
    return this.#gpu;
  }

  /** Those of the pictures that the generator reads. */
  get #channels(): 1 | 3 {
    return this.#loaded().options.inputNc === 1 ? 1 : 3;
  }

  #loaded(): Generator {
    if (!this.#generator) throw new UsageError("There is no generator yet. Choose one first.");
    return this.#generator;
  }

  /** Runs after all requests before it. */
  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const done = this.#newest.then(run);
    this.#newest = done.catch(() => {});
    return done;
  }
}

expose(new WorkerTranslator());

/** The worker that looks into networks for the page Look. */
import { expose } from "comlink";
import { openGpu } from "../../browser.js";
import type { DeepImage } from "../../data/image.js";
import { resizeBicubic } from "../../data/resize.js";
import { halfOf, imageToBatch } from "../../data/transform.js";
import { CheckpointError, DataError, DeviceError, UsageError } from "../../errors.js";
import { formatNumber } from "../../format.js";
import type { Gpu } from "../../gpu/gpu.js";
import { readWeightBytes } from "../../io/read-weight-bytes.js";
import { importWeights } from "../../io/weights.js";
import { joined } from "../../look/joined.js";
import { channelPictures, pictureOfAll, type ChannelPictures } from "../../look/picture.js";
import { isSeeing, seenNetwork, sidesOf, type SeenNetwork } from "../../look/seen-network.js";
import { layersToLookAt, lookInto, type LookImages } from "../../models/deconvnet/look.js";
import { buildNetwork, type Network } from "../../models/networks/build.js";
import { architectureOf, describeNetwork, inputSide } from "../../models/networks/describe.js";
import { recognise } from "../../models/networks/recognise.js";
import { releaseModule } from "../../nn/module.js";
import type { Looker, LookEvent, LookSettings, NamedPicture, NetworkNote } from "./look-protocol.js";
import { pngOf, readPicture } from "./picture.js";

/** A side at which all layers of a network have an output. */
const LARGE_SIDE = 2 ** 20;

interface LoadedNetwork extends SeenNetwork {
  readonly module: Network;
}

/** Throws a UsageError unless a browser can read the images that the network sees. */
function checkChannels({ inputs }: SeenNetwork, name: string): void {
  const wrong = inputs.find((channels) => channels !== 1 && channels !== 3);
  if (wrong === undefined) return;
  throw new UsageError(`${name}: this page shows gray and RGB pictures to a network, not images of ${wrong} channels. Use "cyclegan look".`);
}

/** A picture as the squares that the network sees: one or, of a pair, both halves. */
async function squaresOf({ name, file }: NamedPicture, { inputs }: SeenNetwork, side: number): Promise<readonly DeepImage[]> {
  const halves = inputs.length === 1 ? [undefined] : (["left", "right"] as const);
  const squares: DeepImage[] = [];
  for (const [index, channels] of inputs.entries()) {
    const picture = await readPicture(file, name, channels === 1 ? 1 : 3, undefined);
    const half = halves[index];
    squares.push(resizeBicubic(half ? halfOf(picture, half, name) : picture, side, side));
  }
  return squares;
}

class WorkerLooker implements Looker {
  #gpu: Gpu | undefined;
  #loaded: LoadedNetwork | undefined;
  /** What the newest look has found, by the name of the layer. */
  #found = new Map<string, ChannelPictures[]>();
  #stop = new AbortController();
  /** The newest request. Requests are answered one after the other. */
  #newest: Promise<unknown> = Promise.resolve();

  open(): Promise<void> {
    return this.#inTurn(async () => {
      this.#gpu ??= await openGpu();
    });
  }

  load(file: Uint8Array, name: string, prefix: string | undefined): Promise<NetworkNote> {
    return this.#inTurn(async () => {
      const { networks } = recognise((await readWeightBytes(file, name)).tensors);
      const seeing = networks.filter(({ network }) => isSeeing(network));
      const found = seeing.find((one) => one.prefix === prefix) ?? seeing[0] ?? networks[0];
      if (!found) throw new CheckpointError(`${name}: expected the weights of a network, got tensors of no known network.`);
      const seen = seenNetwork(found, name);
      checkChannels(seen, name);
      const architecture = architectureOf(seen.network);
      const module = buildNetwork(this.#opened(), architecture);
      importWeights(module, seen.tensors, name);
      if (this.#loaded) releaseModule(this.#loaded.module);
      this.#loaded = { ...seen, module };
      const side = inputSide(seen.network, LARGE_SIDE);
      return {
        name,
        description: describeNetwork(seen.network),
        prefix: found.prefix,
        prefixes: seeing.map((one) => one.prefix),
        layers: layersToLookAt({ architecture }, side, side).filter(({ hasWeights }) => hasWeights),
        sides: sidesOf(seen.network),
        isOfPairs: seen.inputs.length > 1,
        hasMaxPools: seen.network.kind === "segmenter",
      };
    });
  }

  look(pictures: readonly NamedPicture[], settings: LookSettings, onEvent: (event: LookEvent) => void): Promise<void> {
    const stop = new AbortController();
    this.#stop = stop;
    return this.#inTurn(() => this.#look(pictures, settings, onEvent, stop.signal));
  }

  async stop(): Promise<void> {
    this.#stop.abort();
  }

  async picture(): Promise<Blob> {
    if (this.#found.size === 0) throw new UsageError("No channel is found yet. Wait for the first one.");
    return pngOf(pictureOfAll([...this.#found.values()]));
  }

  async #look(pictures: readonly NamedPicture[], settings: LookSettings, onEvent: (event: LookEvent) => void, signal: AbortSignal): Promise<void> {
    const [gpu, loaded] = [this.#opened(), this.#loaded];
    if (!loaded) throw new UsageError("There is no network yet. Choose one first.");
    const { layer: chosen, count, isGuided: guided, side } = settings;
    const layers = chosen === undefined ? undefined : [chosen];
    const found = new Map<string, ChannelPictures[]>();
    this.#found = found;
    const images = imagesOf(pictures, loaded, side, onEvent);
    const onProgress = ({ phase, done, total }: { phase: "search" | "projection"; done: number; total: number }): void =>
      onEvent({ kind: "progress", phase, done, total });
    for await (const { layer: { name: layer }, channel, responses } of lookInto(gpu, loaded.module, images, { layers, count, guided, onProgress, signal })) {
      const shown = channelPictures(responses, loaded.inputs);
      found.set(layer, [...(found.get(layer) ?? []), shown]);
      onEvent({
        kind: "channel",
        channel: {
          layer,
          channel,
          activation: formatNumber(responses[0]?.activation ?? 0),
          names: responses.map(({ image }) => pictures[image]?.name ?? ""),
          projections: await pngOf(shown.projections),
          patches: await pngOf(shown.patches),
        },
      });
    }
  }

  #opened(): Gpu {
    if (!this.#gpu) throw new DeviceError("The GPU is not open yet. Wait until it is.");
    return this.#gpu;
  }

  /** Runs after all requests before it. */
  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const done = this.#newest.then(run);
    this.#newest = done.catch(() => {});
    return done;
  }
}

/** Pictures are decoded once, because the look reads them again for each channel; in 8 bits, so that many fit. One that cannot be used is told once. */
function imagesOf(pictures: readonly NamedPicture[], network: SeenNetwork, side: number, onEvent: (event: LookEvent) => void): LookImages {
  const known = new Map<number, readonly DeepImage[] | undefined>();
  const read = async (index: number): Promise<readonly DeepImage[] | undefined> => {
    const picture = pictures[index];
    if (!picture) return undefined;
    try {
      return await squaresOf(picture, network, side);
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      onEvent({ kind: "skipped", path: picture.name, reason: error.message });
      return undefined;
    }
  };
  return {
    count: pictures.length,
    async read(index) {
      if (!known.has(index)) known.set(index, await read(index));
      const squares = known.get(index);
      return squares && joined(squares.map(imageToBatch));
    },
  };
}

expose(new WorkerLooker());

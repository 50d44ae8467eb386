/** Looks into a trained network, and writes a page and a picture of what its channels respond to. */
import { encodeImage, encodeImageBytes, writeImageFile } from "../data/encode.js";
import type { ImageBatch } from "../data/image.js";
import { createPatience } from "../data/patience.js";
import { DataError } from "../errors.js";
import { formatNumber } from "../format.js";
import { importWeights } from "../io/weights.js";
import { lookInto, type ChannelResponses, type LookImages, type LookProgress, type VisibleLayer } from "../models/deconvnet/look.js";
import { buildNetwork } from "../models/networks/build.js";
import { architectureOf, describeNetwork } from "../models/networks/describe.js";
import { releaseModule } from "../nn/module.js";
import { openGpu } from "../open-gpu.js";
import { lookPage, type ShownChannel, type ShownLayer } from "../report/look-page.js";
import { channelPictures, pictureOfAll, type ChannelPictures } from "./picture.js";
import { picturesInWords } from "./pictures-in-words.js";
import { planLook, type LookOptions, type LookPlan } from "./plan.js";

export interface LookHooks {
  readonly onProgress?: (progress: LookProgress) => void;
  /** Receives what is found, and warnings, one line each. */
  readonly onMessage?: (text: string) => void;
  /** Ends after the current image. The channels that are finished are written. */
  readonly signal?: AbortSignal;
}

export interface LookResult {
  /** Path of the page; undefined if the signal ended it before the first channel. */
  readonly page: string | undefined;
  /** Path of the picture, likewise. */
  readonly picture: string | undefined;
  /** How many channels they show. */
  readonly channels: number;
  /** Images that could not be used. */
  readonly skipped: number;
  readonly seconds: number;
  readonly interrupted: boolean;
}

/**
 * Shows what the channels of a trained network respond to, as a page and a picture: for each channel, its nine strongest activations in
 * a folder of images, by the part of the image that each of them sees, and what in it made the channel active (see `lookInto`).
 *
 * Works for discriminators, generators that translate, and FCNs. An image that cannot be used is skipped with a message. Throws a
 * UsageError for options, a CheckpointError for the model or a file that cannot be written, a DataError for images, an UnreachableError
 * for images that stay away, a DeviceError for the device.
 */
export async function look(options: LookOptions, hooks: LookHooks = {}): Promise<LookResult> {
  const startedAt = performance.now();
  const plan = await planLook(options);
  const described = describeNetwork(plan.network);
  for (const line of [plan.found, `${plan.weights}: ${described}.`]) hooks.onMessage?.(line);
  const reader = readerOf(plan, hooks);
  const shown = await showAll(plan, reader, options, hooks);
  const interrupted = hooks.signal?.aborted ?? false;
  const skipped = reader.skipped();
  if (shown.length === 0 && !interrupted) throw nothingToShow(plan, skipped);
  if (shown.length > 0) await write(shown, plan, notesOf(plan, skipped, options.guided), described);
  const { page, picture } = shown.length > 0 ? plan : { page: undefined, picture: undefined };
  const channels = shown.reduce((sum, one) => sum + one.channels.length, 0);
  return { page, picture, channels, skipped, seconds: (performance.now() - startedAt) / 1000, interrupted };
}

/** The channels of each layer, with their pictures. */
async function showAll(plan: LookPlan, images: LookImages, options: LookOptions, { onProgress, signal }: LookHooks): Promise<ShownIn[]> {
  const { guided, layer: layers, channels, count, adapter } = options;
  using gpu = await openGpu(adapter === undefined ? {} : { adapter });
  const network = buildNetwork(gpu, architectureOf(plan.network));
  try {
    importWeights(network, plan.tensors, plan.weights);
    const shown: ShownIn[] = [];
    for await (const view of lookInto(gpu, network, images, { layers, channels, count, guided, onProgress, signal })) {
      if (shown.at(-1)?.layer !== view.layer) shown.push({ layer: view.layer, channels: [] });
      shown.at(-1)?.channels.push(await show(view, plan));
    }
    return shown;
  } finally {
    releaseModule(network);
  }
}

/** Reads the images of a plan. Names each that cannot be used, once. */
function readerOf({ images, read }: LookPlan, { onMessage, signal }: LookHooks) {
  const patience = createPatience({ onMessage, signal });
  const bad = new Set<number>();
  return {
    count: images.length,
    skipped: () => bad.size,
    async read(index: number): Promise<ImageBatch | undefined> {
      const from = images[index]?.from ?? "";
      try {
        return await patience(() => read(from));
      } catch (error) {
        if (!(error instanceof DataError)) throw error;
        if (!bad.has(index)) onMessage?.(`Skipped: ${error.message}`);
        bad.add(index);
        return undefined;
      }
    },
  };
}

function nothingToShow({ images }: LookPlan, skipped: number): DataError {
  if (skipped === images.length) return new DataError("look: expected images that can be used, got none.");
  return new DataError("look: expected channels that some image activates, got none. Look into other layers or channels.");
}

/** The channels of a layer. */
interface ShownIn {
  readonly layer: VisibleLayer;
  readonly channels: Shown[];
}

/** A channel's pictures for the page and for the picture of all. */
interface Shown {
  readonly pictures: ChannelPictures;
  readonly channel: ShownChannel;
}

async function show({ channel, responses }: ChannelResponses, { inputs, images }: LookPlan): Promise<Shown> {
  const pictures = channelPictures(responses, inputs);
  const webp = (image: ChannelPictures["patches"]): Promise<Uint8Array> => encodeImageBytes(image, "webp", { quality: 90 });
  const shown = {
    channel,
    projections: await webp(pictures.projections),
    patches: await webp(pictures.patches),
    activation: formatNumber(responses[0]?.activation ?? 0),
    names: responses.map(({ image }) => images[image]?.name ?? ""),
  };
  return { pictures, channel: shown };
}

async function write(shown: readonly ShownIn[], plan: LookPlan, notes: readonly string[], described: string): Promise<void> {
  const layers = shown.map(({ layer, channels }): ShownLayer => ({ ...layer, shown: channels.map(({ channel }) => channel) }));
  const title = `What ${plan.title} looks at`;
  const page = lookPage({ title, network: `${described[0]?.toUpperCase() ?? ""}${described.slice(1)}.`, notes, layers });
  await encodeImage(plan.picture, pictureOfAll(shown.map(({ channels }) => channels.map(({ pictures }) => pictures))));
  writeImageFile(plan.page, new TextEncoder().encode(page));
}

function notesOf({ network, images }: LookPlan, skipped: number, guided = false): string[] {
  const rest = network.kind === "segmenter" || guided ? [] : ["The network has no max-pools, so a projection hardly depends on the image. With --guided it does."];
  return [picturesInWords(images.length - skipped, guided), ...rest];
}

/** Reads an image with its mask, in the two parts of the transform: up to the crop, and the crop. */
import type { ImageSource } from "./dataset.js";
import { decodeLabels } from "./decode-labels.js";
import { decodeImage, type DecodeOptions } from "./decode.js";
import type { DeepImage, ImageBatch } from "./image.js";
import type { LabelClasses } from "./label-classes.js";
import { checkMaskSize, decodeMask } from "./mask.js";
import { resizeBicubic } from "./resize.js";
import { resizeNearest } from "./resize-nearest.js";
import { asLabel, cropAndFlip, halfOf, resizeForCrop, type RandomChoices, type TransformOptions } from "./transform.js";

/** The file of an image, and what it holds. */
export interface ImageFile {
  readonly path: string;
  readonly channels: number;
  /** The half of the image to use; absent: the whole image. */
  readonly half?: NonNullable<ImageSource["half"]> | undefined;
  /** Present if the image holds labels of these classes. The result then holds class numbers. */
  readonly classes?: LabelClasses | undefined;
  /** The path of the image's mask, of the size of the image or of the half that is used. The result then has that mask. */
  readonly mask?: string | undefined;
}

export type ReadOptions = TransformOptions & Pick<DecodeOptions, "maxPixels" | "valueRange" | "ignoreIcc">;

/** An image before the crop. */
export interface ResizedImage {
  readonly image: DeepImage;
  /** Of the same size, 0 outside. */
  readonly mask?: DeepImage;
}

/** An image and its mask, resized alike: labels and masks by nearest neighbours. Throws a DataError for a file that cannot be used. */
export async function readResized({ path, channels, half, classes, mask }: ImageFile, options: ReadOptions): Promise<ResizedImage> {
  const { maxPixels, valueRange, ignoreIcc } = options;
  const decoded = classes
    ? await decodeLabels(path, classes, { maxPixels })
    : await decodeImage(path, channels, { maxPixels, valueRange, ignoreIcc, keepDepth: true });
  const used = half ? halfOf(decoded, half, path) : decoded;
  const image = resizeForCrop(used, options, path, classes ? resizeNearest : resizeBicubic);
  if (mask === undefined) return { image };
  const inside = await decodeMask(mask, { maxPixels });
  checkMaskSize(used, inside, path, mask);
  return { image, mask: resizeForCrop(inside, options, mask, resizeNearest) };
}

/** A sample of a mask in a batch: 1 inside, 0 outside. */
const asInside = (sample: number): number => (sample === 0 ? 0 : 1);

/** The crop and the flip of an image and its mask, which are the same. `isLabels`: whether the image holds class numbers. */
export function cropWithMask({ image, mask }: ResizedImage, options: TransformOptions, choices: RandomChoices, isLabels: boolean): ImageBatch {
  const batch = isLabels ? cropAndFlip(image, options, choices, asLabel) : cropAndFlip(image, options, choices);
  return mask ? { ...batch, mask: cropAndFlip(mask, options, choices, asInside).data } : batch;
}

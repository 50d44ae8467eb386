/** The masks of the images in a folder, found by their names. */
import { relative } from "node:path";
import { DataError } from "../errors.js";
import { nameIn, nameSome, pathsByName, scanImages } from "./list-images.js";

export interface FolderMasks {
  /** The folder of the masks. */
  readonly folder: string;
  /** The path of a mask by that of its image. */
  readonly byImage: ReadonlyMap<string, string>;
  /** Images without a mask. */
  readonly unmasked: readonly string[];
  /** Masks without an image. */
  readonly spare: readonly string[];
  /** The sizes of the masks in bytes, by path. */
  readonly bytes: ReadonlyMap<string, number>;
}

/**
 * The masks in `folder` of images in `imageFolder`: `deep/1.png` is the mask of `deep/1.jpg`. Of several masks with one name, the first
 * counts. Throws a DataError, with `advice`, if the folder has no images, and one if no mask has the name of an image.
 */
export function findFolderMasks(folder: string, imageFolder: string, images: readonly string[], advice: string): FolderMasks {
  const { images: masks, bytes } = scanImages(folder, advice);
  const byName = pathsByName(folder, masks);
  const byImage = new Map(
    images.flatMap((image) => {
      const mask = byName.get(nameIn(imageFolder, image));
      return mask === undefined ? [] : [[image, mask] as const];
    }),
  );
  if (byImage.size === 0) throw noMasks(folder, imageFolder, masks, images);
  const used = new Set(byImage.values());
  return {
    folder,
    byImage,
    unmasked: images.filter((image) => !byImage.has(image)),
    spare: masks.filter((mask) => !used.has(mask)),
    bytes,
  };
}

function noMasks(folder: string, imageFolder: string, [mask = ""]: readonly string[], [image = ""]: readonly string[]): DataError {
  return new DataError(
    `${folder}: expected masks with the names of the images in ${imageFolder}, such as ${nameIn(imageFolder, image)}.png, got none; ` +
      `the first is ${relative(folder, mask)}. Rename the masks.`,
  );
}

/** The folder of the masks and what has no counterpart, in a phrase that begins with a comma. */
export function describeMasks(imageFolder: string, { folder, unmasked, spare }: FolderMasks): string {
  const images = unmasked.length === 0 ? "" : `, without a mask: ${nameSome(imageFolder, unmasked, "image", "images")}`;
  return `, masks: ${folder}${images}${spare.length === 0 ? "" : `, without an image: ${nameSome(folder, spare, "mask", "masks")}`}`;
}

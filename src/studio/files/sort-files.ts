/** What the files that were given to the page are. */
import { extensionOf } from "../../data/output-format.js";
import type { GivenFile } from "./given-file.js";

/** A file that is not used, and why. */
export interface SkippedFile {
  readonly path: string;
  readonly reason: string;
}

export interface SortedFiles {
  /** In the order of their paths, with numbers in the order of their values. */
  readonly pictures: readonly GivenFile[];
  readonly weights: GivenFile | undefined;
  readonly skipped: readonly SkippedFile[];
}

const weightFile = /^\.(pth?|safetensors)$/i;
const pictureFile = /^\.(png|jpe?g|jfif|webp|gif|avif|bmp|hei[cf]|tiff?)$/i;

const byPath = new Intl.Collator("en", { numeric: true });

function isPicture({ path, file }: GivenFile): boolean {
  return file.type.startsWith("image/") ? file.type !== "image/svg+xml" : pictureFile.test(extensionOf(path));
}

/**
 * Sorts files by what they are: pictures, and weights of a generator, of which the first file is used. Files that systems hide
 * (their names begin with a dot) are left out without a word.
 */
export function sortFiles(files: readonly GivenFile[]): SortedFiles {
  const seen = files
    .filter(({ path }) => !path.split("/").some((part) => part.startsWith(".")))
    .sort((a, b) => byPath.compare(a.path, b.path));
  const [weights, ...more] = seen.filter(({ path }) => weightFile.test(extensionOf(path)));
  const others = seen.filter(({ path }) => !weightFile.test(extensionOf(path)));
  return {
    pictures: others.filter(({ file, path }) => file.size > 0 && isPicture({ file, path })),
    weights,
    skipped: [
      ...more.map(({ path }) => ({ path, reason: `the page uses one file of weights at a time, and took ${weights?.path ?? ""}` })),
      ...others.flatMap(({ path, file }) => {
        if (file.size === 0) return [{ path, reason: "it is empty" }];
        return isPicture({ path, file }) ? [] : [{ path, reason: "it is neither a picture nor a file of weights" }];
      }),
    ],
  };
}

/** Files that were given to a page. */

/** A file with its path relative to what was given: that of a file in a folder begins with the folder's name. */
export interface GivenFile {
  readonly path: string;
  readonly file: File;
}

/** The files of a file input. */
export function pickedFiles(input: HTMLInputElement): GivenFile[] {
  return [...(input.files ?? [])].map((file) => ({ path: file.webkitRelativePath || file.name, file }));
}

/** What the two pictures of each channel show. */
export function picturesInWords(images: number, guided: boolean): string {
  return (
    `Right: the parts of images that activate a channel most, out of ${images} ${images === 1 ? "image" : "images"}, one of each. Left: what in them made it active, ` +
    `by ${guided ? "guided back-propagation" : "a deconvnet"}. Gray means nothing; each projection is divided by its largest value.`
  );
}

/** Recognises a generator that copies or inverts its input. */
import type { ImageChange } from "./image-change.js";
import { AGREEING, newest } from "./watching.js";

/** A smaller change, relative to the input's contrast, counts as a copy. */
export const NO_CHANGE = 0.1;
/** A correlation of luminance below this is an inversion. */
const INVERTED = -0.5;

/** Takes the changes of one generator's images in turn, and says what the last few agree on. */
export function changeJudge(): (change: ImageChange | undefined) => "copies" | "inverts" | undefined {
  const changes = newest<ImageChange>(AGREEING);
  return (change) => {
    const agreeing = changes(change);
    const all = (test: (one: ImageChange) => boolean): boolean => agreeing.length === AGREEING && agreeing.every(test);
    if (all(({ correlation }) => correlation < INVERTED)) return "inverts";
    return all(({ relative }) => relative < NO_CHANGE) ? "copies" : undefined;
  };
}

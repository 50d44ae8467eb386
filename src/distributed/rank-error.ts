import { CycleGANError } from "../errors.js";

/** A rank of a training was lost, failed, or cannot join the others. */
export class RankError extends CycleGANError {
  override name = "RankError";
}

/** The length of a training, and the duties after a step. */
import type { TrainConfig } from "../run/options.js";

/** The length of a training. */
export interface TrainPlan {
  readonly stepsPerEpoch: number;
  /** The number of the first epoch, from 1, and of the last. */
  readonly firstEpoch: number;
  readonly lastEpoch: number;
  readonly totalSteps: number;
  /** See `offsetOf`; absent: 0. */
  readonly offset?: number;
}

/**
 * `imagesPerEpoch`: samples in an epoch. The last, smaller batch of an epoch counts as a step, unless batches are divided: then it
 * is left out. `offset`: see `offsetOf`.
 */
export function planTraining(config: TrainConfig, imagesPerEpoch: number, offset = 0): TrainPlan {
  const batches = imagesPerEpoch / config.batchSize;
  const stepsPerEpoch = config.microBatches > 1 ? Math.floor(batches) : Math.ceil(batches);
  const before = config.epochCount - 1;
  const wanted = offset + stepsPerEpoch * (config.nEpochs + config.nEpochsDecay - before);
  const totalSteps = config.maxSteps === 0 ? wanted : Math.min(config.maxSteps, wanted);
  const lastEpoch = before + Math.ceil((totalSteps - offset) / stepsPerEpoch);
  return { stepsPerEpoch, totalSteps, firstEpoch: before + 1, lastEpoch, ...(offset !== 0 && { offset }) };
}

/**
 * How many steps a training is ahead of its place in the data, after the images have changed.
 *
 * It goes on at the same place, the epoch and the batch's index in it, in the order of the images as they are now; if that epoch
 * has become shorter, at the start of the next one. So the order depends on the seed, the place and the images alone. The steps made
 * until then are as many as they were, but another number of steps of the new length would have led there: the offset is the
 * difference. `stepsPerEpoch` is that of the images as they are now, `firstEpoch` the first of the training.
 */
export function offsetOf(step: number, { epoch, index }: { readonly epoch: number; readonly index: number }, stepsPerEpoch: number, firstEpoch: number): number {
  return step - ((epoch - firstEpoch) * stepsPerEpoch + Math.min(index + 1, stepsPerEpoch));
}

/** A step that was made. `images` counts the images of one domain since the start, as the reference does. */
export interface StepMade {
  readonly step: number;
  readonly epoch: number;
  readonly images: number;
  readonly batchSize: number;
  /** Whether it is the last step. */
  readonly last: boolean;
}

/** The duties after a step. The first and the last step are always logged and shown, and the last is always saved. */
export interface StepDuties {
  readonly log: boolean;
  readonly sample: boolean;
  /**
   * Whether to measure on held-out images; for the plateau policy at the end of every epoch, too. Only counters decide it, so that an
   * interruption changes nothing.
   */
  readonly evaluate: boolean;
  /** Tags of the weights to save: `latest`, an epoch's number, both or none. */
  readonly save: readonly string[];
}

/** Whether a step is the last of its epoch. */
export function endsEpoch(step: number, { stepsPerEpoch, offset = 0 }: TrainPlan): boolean {
  return (step - offset) % stepsPerEpoch === 0;
}

export function dutiesAfter(made: StepMade, plan: TrainPlan, config: TrainConfig): StepDuties {
  const { step, epoch, images, batchSize, last } = made;
  // Unlike the reference, a batch size that does not divide the frequency delays nothing.
  const passed = (every: number): boolean => Math.floor(images / every) > Math.floor((images - batchSize) / every);
  const edge = step === 1 || last;
  const epochEnds = endsEpoch(step, plan);
  const epochKept = epochEnds && epoch % config.saveEpochFreq === 0;
  const latest = last || epochKept || passed(config.saveLatestFreq);
  return {
    log: edge || passed(config.printFreq),
    sample: edge || passed(config.displayFreq),
    evaluate: (config.evalFreq > 0 && (step === plan.totalSteps || passed(config.evalFreq))) || (config.lrPolicy === "plateau" && epochEnds),
    save: [...(latest ? ["latest"] : []), ...(epochKept ? [String(epoch)] : [])],
  };
}

/** The strongest activations of each channel over many images. */

/** An image, and the strongest activation of a channel in it. */
export interface Candidate {
  /** The image's number. */
  readonly image: number;
  readonly activation: number;
}

/** The images in which a channel is most active, the strongest first. */
export interface ActiveChannel {
  readonly channel: number;
  readonly candidates: readonly Candidate[];
}

/** Keeps, for each channel, the `count` images with the largest values. Of equal values, the image that came first. */
export class Strongest {
  readonly #count: number;
  readonly #channels: Candidate[][] = [];

  constructor(count: number) {
    this.#count = count;
  }

  /** `values`: the largest activation of each channel in the image. Those that are exactly 0 are none: a ReLU has cut them off. */
  add(image: number, values: Float32Array): void {
    for (const [channel, activation] of values.entries()) {
      const kept = (this.#channels[channel] ??= []);
      if (activation === 0) continue;
      const after = kept.findIndex((one) => one.activation < activation);
      kept.splice(after < 0 ? kept.length : after, 0, { image, activation });
      if (kept.length > this.#count) kept.pop();
    }
  }

  /** All channels in order. */
  channels(): ActiveChannel[] {
    return this.#channels.map((candidates, channel) => ({ channel, candidates }));
  }

  /** The `count` channels whose candidates have the largest mean, in that order. Channels without an activation are left out. */
  mostActive(count: number): ActiveChannel[] {
    const mean = ({ candidates }: ActiveChannel): number => candidates.reduce((sum, { activation }) => sum + activation, 0) / candidates.length;
    const active = this.channels().filter(({ candidates }) => candidates.length > 0);
    return active.sort((a, b) => mean(b) - mean(a)).slice(0, count);
  }
}

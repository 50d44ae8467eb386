/** The camera, translated live. */
import { createRate } from "../../rate.js";

/** Which camera of a phone: that of the screen's side, or the other. */
export type Facing = "user" | "environment";

const reasons: Readonly<Record<string, string>> = {
  NotAllowedError: "The browser may not use the camera. Allow it for this page, next to the page's address.",
  NotFoundError: "There is no camera.",
  NotReadableError: "The camera is in use by another program. Close that program.",
};

/** Opens a camera. Throws an error with a message for the user. */
export async function openCamera(facing: Facing): Promise<MediaStream> {
  // The type says that every browser has it, but pages over http have not.
  if (!("mediaDevices" in navigator)) throw new Error("Browsers offer the camera only to pages over https, or from this machine.");
  try {
    return await navigator.mediaDevices.getUserMedia({ video: { facingMode: facing }, audio: false });
  } catch (error) {
    const reason = error instanceof Error ? (reasons[error.name] ?? error.message) : String(error);
    throw new Error(reason, { cause: error });
  }
}

export interface FollowOptions {
  readonly video: HTMLVideoElement;
  /** Where translated frames are drawn. */
  readonly canvas: HTMLCanvasElement;
  /** Frames are translated with a shorter side of this many pixels. */
  readonly size: number;
  /** Translates a frame and takes it over. */
  readonly translate: (frame: ImageData) => Promise<ImageData>;
  /** Receives the frames per second of the last two seconds. */
  readonly onRate: (framesPerSecond: number | undefined) => void;
  readonly signal: AbortSignal;
}

const nextPaint = (): Promise<unknown> =>
  new Promise((done) => {
    requestAnimationFrame(done);
  });

/** Translates the newest frame again and again, until the signal. A frame is taken when the last one is finished. */
export async function followCamera({ video, canvas, size, translate, onRate, signal }: FollowOptions): Promise<void> {
  const rate = createRate(2);
  const taken = new OffscreenCanvas(1, 1);
  const context = taken.getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("The browser has no canvas for the camera. Load the page again.");
  for (let frames = 0; !signal.aborted; ) {
    await nextPaint();
    const { videoWidth, videoHeight } = video;
    if (videoWidth === 0) continue;
    const factor = size / Math.min(videoWidth, videoHeight);
    const [width, height] = [Math.round(videoWidth * factor), Math.round(videoHeight * factor)];
    if (taken.width !== width || taken.height !== height) [taken.width, taken.height] = [width, height];
    context.drawImage(video, 0, 0, width, height);
    const translated = await translate(context.getImageData(0, 0, width, height));
    if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
    canvas.getContext("2d")?.putImageData(translated, 0, 0);
    rate.note(frames++, performance.now() / 1000);
    if (!signal.aborted) onRate(rate.perSecond());
  }
}

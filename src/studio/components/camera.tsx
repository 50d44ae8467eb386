import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { followCamera, openCamera, type Facing } from "../translate/camera.js";
import { cameraSizes } from "../translate/settings.js";
import type { SessionState, TranslateSession } from "../translate/session.js";
import { messageOf } from "../message.js";
import { ChoiceList } from "./choice-list.js";

/** The camera beside its translation, as fast as the GPU allows. */
export function Camera({ session, state: { generator }, onClose }: {
  readonly session: TranslateSession;
  readonly state: SessionState;
  readonly onClose: () => void;
}): JSX.Element {
  const video = useRef<HTMLVideoElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [facing, setFacing] = useState<Facing>("user");
  const [size, setSize] = useState(256);
  const [stream, setStream] = useState<MediaStream>();
  const [problem, setProblem] = useState<string>();
  const [framesPerSecond, setFramesPerSecond] = useState<number>();

  useEffect(() => {
    const opening = openCamera(facing);
    let isClosed = false;
    setProblem(undefined);
    opening.then(
      (opened) => !isClosed && setStream(opened),
      (error: unknown) => setProblem(messageOf(error)),
    );
    return () => {
      isClosed = true;
      setStream(undefined);
      opening.then((opened) => opened.getTracks().forEach((track) => track.stop())).catch(() => {});
    };
  }, [facing]);

  useEffect(() => {
    if (!video.current || !canvas.current || !stream) return;
    video.current.srcObject = stream;
    if (!generator) return;
    const ending = new AbortController();
    const { signal } = ending;
    const translate = (frame: ImageData): Promise<ImageData> => session.translateFrame(frame);
    followCamera({ video: video.current, canvas: canvas.current, size, translate, onRate: setFramesPerSecond, signal })
      .catch((error: unknown) => !signal.aborted && setProblem(messageOf(error)));
    return () => {
      ending.abort();
      setFramesPerSecond(undefined);
    };
  }, [stream, generator, size, session]);

  return (
    <section class="card" aria-labelledby="camera-heading">
      <div class="bar">
        <h2 id="camera-heading">Camera</h2>
        <p>
          {generator ? framesPerSecond !== undefined && `${framesPerSecond.toFixed(1)} frames per second` : "Choose a generator to translate it."}
        </p>
        <ChoiceList label="Shorter side" choices={cameraSizes} value={size} onChoose={setSize} />
        <button type="button" onClick={() => setFacing(facing === "user" ? "environment" : "user")}>
          Other camera
        </button>
        <button type="button" class="primary" onClick={onClose}>
          Stop the camera
        </button>
      </div>
      {problem !== undefined && <p role="alert" class="problem">{problem}</p>}
      <div class="live">
        <video ref={video} autoplay muted playsInline aria-label="Camera" />
        <canvas ref={canvas} role="img" aria-label="The camera, translated" />
      </div>
    </section>
  );
}

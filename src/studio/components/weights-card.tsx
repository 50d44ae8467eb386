import type { ComponentChildren, JSX } from "preact";
import type { GivenFile } from "../files/given-file.js";
import type { ShippedFile, ShippedGenerator } from "../files/shipped-generators.js";
import { PickButton } from "./drop-zone.js";

/** The first step of a page: which weights it uses. */
export function WeightsCard({ title, about, weights, loading, problem, shipped, children, onFiles, onShipped }: {
  readonly title: string;
  /** What weights are, while there are none. */
  readonly about: string;
  readonly weights: { readonly name: string; readonly description: string } | undefined;
  readonly loading: string | undefined;
  readonly problem: string | undefined;
  readonly shipped: readonly ShippedGenerator[];
  /** Choices among what the weights offer. */
  readonly children?: ComponentChildren;
  readonly onFiles: (files: readonly GivenFile[]) => void;
  /** `size`: that of the pictures on which the weights were trained. */
  readonly onShipped: (file: ShippedFile, size: number) => void;
}): JSX.Element {
  return (
    <section class="card step" aria-labelledby="weights-heading">
      <h2 id="weights-heading">
        <span class="number">1</span> {title}
      </h2>
      {loading !== undefined && <p role="status">Reading {loading}…</p>}
      {loading === undefined && weights && (
        <p>
          <strong class="file">{weights.name}</strong>
          <small>{weights.description}</small>
        </p>
      )}
      {loading === undefined && !weights && <p>{about}</p>}
      {problem !== undefined && <p role="alert" class="problem">{problem}</p>}
      {shipped.length > 0 && (
        <div class="buttons">
          {shipped.map(({ size, files }) =>
            files.map((file) => (
              <button key={file.path} type="button" onClick={() => onShipped(file, size)}>
                {file.title}
              </button>
            )),
          )}
        </div>
      )}
      {children}
      <div class="buttons">
        <PickButton accept=".pth,.pt,.safetensors" primary={!weights} onFiles={onFiles}>
          {weights ? "Choose another" : "Choose weights"}
        </PickButton>
      </div>
      {!weights && (
        <p class="more">
          <small>
            No weights yet? <code>npx cyclegan demo</code> trains a first generator, and <code>npx cyclegan train</code> one on pictures of your own.
          </small>
        </p>
      )}
    </section>
  );
}

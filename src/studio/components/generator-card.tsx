import type { JSX } from "preact";
import type { Direction } from "../../models/networks/recognise-generator.js";
import type { ShippedGenerator } from "../files/shipped-generators.js";
import type { SessionState, TranslateSession } from "../translate/session.js";
import { ChoiceList } from "./choice-list.js";
import { PickButton } from "./drop-zone.js";

const directionChoices: readonly { readonly name: string; readonly value: Direction }[] = [
  { name: "A to B", value: "AtoB" },
  { name: "B to A", value: "BtoA" },
];

/** The first step: which generator translates. */
export function GeneratorCard({ session, state, shipped }: {
  readonly session: TranslateSession;
  readonly state: SessionState;
  readonly shipped: readonly ShippedGenerator[];
}): JSX.Element {
  const { generator, loading, weightProblem } = state;
  return (
    <section class="card step" aria-labelledby="generator-heading">
      <h2 id="generator-heading">
        <span class="number">1</span> Generator
      </h2>
      {loading !== undefined && <p role="status">Reading {loading}…</p>}
      {loading === undefined && generator && (
        <p>
          <strong class="file">{generator.name}</strong>
          <small>{generator.description}</small>
        </p>
      )}
      {loading === undefined && !generator && (
        <p>A generator is the trained network that turns one kind of picture into another. Drop its file of weights here: .safetensors, or .pth from PyTorch.</p>
      )}
      {weightProblem !== undefined && <p role="alert" class="problem">{weightProblem}</p>}
      {shipped.length > 0 && (
        <div class="buttons">
          {shipped.map(({ size, files }) =>
            files.map((file) => (
              <button key={file.path} type="button" onClick={() => void session.loadShipped(file, size)}>
                {file.title}
              </button>
            )),
          )}
        </div>
      )}
      {generator && generator.directions.length > 1 && (
        <ChoiceList label="Direction" choices={directionChoices} value={generator.direction} onChoose={(direction) => void session.turn(direction)} />
      )}
      <div class="buttons">
        <PickButton accept=".pth,.pt,.safetensors" primary={!generator} onFiles={(files) => void session.add(files)}>
          {generator ? "Choose another" : "Choose weights"}
        </PickButton>
      </div>
      {!generator && (
        <p class="more">
          <small>
            No weights yet? <code>npx cyclegan demo</code> trains a first generator, and <code>npx cyclegan train</code> one on pictures of your own.
          </small>
        </p>
      )}
    </section>
  );
}

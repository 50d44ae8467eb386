import type { JSX } from "preact";
import type { Direction } from "../../models/networks/recognise-generator.js";
import type { ShippedGenerator } from "../files/shipped-generators.js";
import type { SessionState, TranslateSession } from "../translate/session.js";
import { ChoiceList } from "./choice-list.js";
import { WeightsCard } from "./weights-card.js";

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
    <WeightsCard
      title="Generator"
      about="A generator is the trained network that turns one kind of picture into another. Drop its file of weights here: .safetensors, or .pth from PyTorch."
      weights={generator}
      loading={loading}
      problem={weightProblem}
      shipped={shipped}
      onFiles={(files) => void session.add(files)}
      onShipped={(file, size) => void session.loadShipped(file, size)}
    >
      {generator && generator.directions.length > 1 && (
        <ChoiceList label="Direction" choices={directionChoices} value={generator.direction} onChoose={(direction) => void session.turn(direction)} />
      )}
    </WeightsCard>
  );
}

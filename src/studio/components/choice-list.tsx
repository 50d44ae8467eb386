import type { JSX } from "preact";
import type { Choice } from "../translate/settings.js";

/** A list of choices, one of which holds. */
export function ChoiceList<T>({ label, choices, value, onChoose }: {
  readonly label: string;
  readonly choices: readonly Choice<T>[];
  readonly value: T;
  readonly onChoose: (value: T) => void;
}): JSX.Element {
  return (
    <label class="choice">
      <span>{label}</span>
      <select
        value={choices.findIndex((choice) => choice.value === value)}
        onChange={({ currentTarget }) => {
          const chosen = choices[Number(currentTarget.value)];
          if (chosen) onChoose(chosen.value);
        }}
      >
        {choices.map(({ name }, index) => (
          <option key={name} value={index}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

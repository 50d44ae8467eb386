import type { JSX } from "preact";
import type { Card, Row } from "../bench/compare.js";

function Contender({ device, isOwn, figures, ofBest, note }: Row): JSX.Element {
  return (
    <li class={isOwn ? "own" : ""}>
      <span>{device}</span>
      <strong>{figures}</strong>
      <div class="rate" style={{ "--share": `${100 * ofBest}%` }} />
      {note !== "" && <small>{note}</small>}
    </li>
  );
}

/** A benchmark: the rate of each device, with a bar. */
export function BenchCard({ card: { name, rows } }: { readonly card: Card }): JSX.Element {
  return (
    <article class="card benchmark">
      <h3>{name}</h3>
      <ul>
        {rows.map((row, index) => (
          <Contender key={index} {...row} />
        ))}
      </ul>
    </article>
  );
}

/** A piece of work in several engines, as a card. */
import { formatNumber } from "../../format.js";
import type { PeerFigures, PeerResult } from "../worker/peers-protocol.js";
import type { Card, Row } from "./compare.js";

/** How far the outputs are from ours. */
function agreement({ isOurs, error }: PeerFigures): string | undefined {
  if (isOurs || error === undefined) return undefined;
  return error === 0 ? "the same to the bit" : `differs by ${error.toExponential(0)}`;
}

function noteOf(figures: PeerFigures, best: number): string {
  const { milliseconds, dispatches, firstMilliseconds, failure } = figures;
  if (failure !== undefined) return failure;
  const notes = [
    milliseconds !== undefined && milliseconds > best ? `${formatNumber(milliseconds / best)} times as long as the fastest` : undefined,
    dispatches === undefined ? undefined : `${dispatches} ${dispatches === 1 ? "dispatch" : "dispatches"}`,
    firstMilliseconds === undefined ? undefined : `the first run took ${formatNumber(firstMilliseconds / 1000)} s`,
    agreement(figures),
  ];
  return notes.filter((note) => note !== undefined).join(", ");
}

/** The engines in their order. A bar is the rate as a part of the fastest engine's. */
export function peerCard({ name, engines }: PeerResult): Card {
  const best = Math.min(...engines.map(({ milliseconds = Infinity }) => milliseconds));
  const rows = engines.map((figures): Row => {
    const { engine, isOurs, milliseconds } = figures;
    return {
      device: engine,
      isOwn: isOurs,
      figures: milliseconds === undefined ? "no time" : `${formatNumber(milliseconds)} ms`,
      ofBest: milliseconds === undefined ? 0 : best / milliseconds,
      note: noteOf(figures, best),
    };
  });
  return { name, rows };
}

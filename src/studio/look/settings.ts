/** The choices for how a network is looked into. */
import { fits, type Sides } from "../../look/sides.js";
import type { Choice } from "../translate/settings.js";
import type { LookSettings, NetworkNote } from "../worker/look-protocol.js";

/** How many channels of a layer are shown. */
export const counts: readonly Choice<number>[] = [4, 8, 16, 32].map((value) => ({ name: `the ${value} most active`, value }));

/** The layers of a network, one by one or all. */
export function layerChoices({ layers }: NetworkNote): readonly Choice<string | undefined>[] {
  const each = layers.map(({ name, what, channels }) => ({ name: `${name}, ${channels} ${channels === 1 ? "channel" : "channels"}: ${what}`, value: name }));
  return layers.length > 1 ? [...each, { name: `all ${layers.length} layers`, value: undefined }] : each;
}

/** The sides to which pictures may be resized for a network. */
export function sideChoices(sides: Sides): readonly Choice<number>[] {
  const usual = [64, 128, 256, 512].filter((side) => fits(sides, side, side));
  const { multiple, least, most } = sides;
  const all = usual.length > 0 ? usual : [Number.isFinite(most) ? most : Math.ceil(least / multiple) * multiple];
  return all.map((value) => ({ name: `${value}×${value} pixels`, value }));
}

/** Settings that a network has: those before, where it has them too. The third layer, because the first ones only see a few pixels. */
export function settingsFor(network: NetworkNote, before: LookSettings): LookSettings {
  const { layers, sides } = network;
  const same = layers.find(({ name }) => name === before.layer) ?? layers[Math.min(2, layers.length - 1)];
  const possible = sideChoices(sides).map(({ value }) => value);
  const side = possible.findLast((value) => value <= before.side) ?? possible[0] ?? before.side;
  return { ...before, layer: before.layer === undefined ? undefined : (same?.name ?? ""), side };
}

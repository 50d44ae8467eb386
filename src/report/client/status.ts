import { activity, figuresOf, progressOf, standing, type ShownModel } from "../figures.js";
import { byId, element } from "./element.js";
import type { RunState } from "./state.js";

/** Shows the progress of the run and its figures. */
export function showStatus(state: RunState, model: ShownModel, live: boolean): void {
  const words = [standing(state.log), activity(state.log, live ? state : { ended: state.ended })].filter((word) => word !== "");
  byId("standing", HTMLElement).textContent = words.join(" · ");
  const done = progressOf(state.log);
  const progress = byId("progress", HTMLProgressElement);
  progress.hidden = done === undefined;
  progress.value = done ?? 0;
  const cards = figuresOf(state.log, state.metrics, model).map(({ name, value, note }) =>
    element("div", "card", element("h3", "", name), element("strong", "", value), element("small", "", note ?? "")),
  );
  byId("figures", HTMLElement).replaceChildren(...cards);
}

/** Lists the newest events first. Only the first few are visible at once. */
export function showEvents({ events }: RunState): void {
  byId("events", HTMLElement).hidden = events.length === 0;
  const items = events.toReversed().map(({ step, kind, message }) => {
    const badge = element("span", "badge", kind);
    badge.dataset["kind"] = kind;
    return element("li", "", badge, element("span", "muted", `step ${step}`), element("span", "message", message));
  });
  const open = 3;
  byId("event-list", HTMLElement).replaceChildren(...items.slice(0, open));
  byId("earlier-list", HTMLElement).replaceChildren(...items.slice(open));
  const earlier = byId("earlier", HTMLElement);
  earlier.hidden = items.length <= open;
  byId("earlier-count", HTMLElement).textContent = `${items.length - open} earlier`;
}

/** Shows a message about the connection. An empty text removes it. */
export function showConnection(text: string): void {
  byId("connection", HTMLElement).textContent = text;
}

/** How a run's page shows its model, which the page itself does not know. */
import type { Better } from "../optim/better.js";
import type { Chart, ModelDefinition, Settings, VisualRow } from "../models/model.js";

export interface Presentation {
  /** The model's name as people write it. */
  readonly title: string;
  readonly charts: readonly Chart[];
  /** The rows of the sample grids. */
  readonly rows: readonly VisualRow[];
  /** The metric whose best weights are kept, if there is one. */
  readonly metric?: string;
  readonly better?: Better;
}

/** Charts that every training has. */
function sharedCharts({ dataset }: ModelDefinition): Chart[] {
  return [
    { title: "Learning rate", note: "", source: "log", keys: ["lr"], smooth: false },
    { title: "Images per second", note: dataset.sides.length > 1 ? "of each domain" : "", source: "log", keys: ["imagesPerSecond"], smooth: true },
  ];
}

/** The presentation of a run with these settings. */
export function presentationOf(model: ModelDefinition, settings: Settings): Presentation {
  const { title, charts, metric, better } = model;
  const judged = { ...(metric !== undefined && { metric }), ...(better !== undefined && { better }) };
  return { title, charts: [...charts, ...sharedCharts(model)], rows: model.visuals(settings), ...judged };
}

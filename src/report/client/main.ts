/** The script of a run's page. It shows the data in the page and, if the page is served, requests new data. */
import type { ShownModel } from "../figures.js";
import type { PageData } from "../page-data.js";
import { createCharts } from "./charts.js";
import { byId } from "./element.js";
import { follow } from "./follow.js";
import { besidePage, createSamples } from "./samples.js";
import { applyData, emptyState } from "./state.js";
import { showConnection, showEvents, showStatus } from "./status.js";

const state = emptyState();
const live = document.documentElement.dataset["live"] !== undefined;
const samples = createSamples(besidePage);
const model: ShownModel = JSON.parse(byId("presentation", HTMLScriptElement).text);
const charts = createCharts(model.charts, ({ source }) => state[source]);

function show(data: PageData): void {
  const changed = applyData(state, data);
  showStatus(state, model, live);
  if (!changed) return;
  showEvents(state);
  samples.update(state);
  charts.update();
}

const inPage: PageData = JSON.parse(byId("run-data", HTMLScriptElement).text);
show(inPage);

if (live && !inPage.ended) {
  follow({
    query: () => state.query,
    onData: (data) => {
      if (data.document !== state.document) {
        location.reload();
        return false;
      }
      show(data);
      if (data.ended) showConnection("The training has ended, and its server with it. The page stays in the run's folder.");
      return !data.ended;
    },
    onConnection: (answers) => showConnection(answers ? "" : "The server does not answer. Asking again."),
  });
}

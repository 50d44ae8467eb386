/** The script of a page that compares runs. It draws the curves that are in the page. */
import type { ComparedChart } from "../comparison/compared-charts.js";
import { createCharts } from "./charts.js";
import { byId } from "./element.js";

const charts: readonly ComparedChart[] = JSON.parse(byId("comparison-data", HTMLScriptElement).text);
createCharts(charts, ({ series }) => series).update();

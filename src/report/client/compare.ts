import { sampleGap } from "../image-grid.js";
import { byId } from "./element.js";

/** Shows the first two columns of a sample grid over each other. Does nothing if the page has no place for it. */
export function createCompare(grid: HTMLImageElement): void {
  if (document.querySelector("#compare-line") === null) return;
  const line = byId("compare-line", HTMLInputElement);
  const wipe = line.parentElement;
  const columns = Number(wipe?.dataset["columns"]);
  line.addEventListener("input", () => wipe?.style.setProperty("--line-at", `${line.value}%`));
  grid.addEventListener("load", () => {
    const [width, height] = [(grid.naturalWidth - sampleGap * (columns - 1)) / columns, grid.naturalHeight];
    for (const [index, id] of ["compare-before", "compare-after"].entries()) {
      const canvas = byId(id, HTMLCanvasElement);
      [canvas.width, canvas.height] = [width, height];
      canvas.getContext("2d")?.drawImage(grid, index * (width + sampleGap), 0, width, height, 0, 0, width, height);
    }
  });
}

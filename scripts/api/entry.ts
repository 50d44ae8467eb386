/** What the API reference describes: the entry of Node, and what only that of browsers has. */
export * from "../../src/node.js";
export { fromImageData, toImageData, type CanvasImageData, type CanvasPixels, type FromImageDataOptions } from "../../src/browser.js";

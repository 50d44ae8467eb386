/** The figures of a segmentation against values computed by hand. */
import { expect, test } from "vitest";
import type { Image } from "../../src/data/image.js";
import { DataError } from "../../src/errors.js";
import { ConfusionMatrix } from "../../src/metrics/confusion.js";

const row = (...data: readonly number[]): Image => ({ width: data.length, height: 1, channels: 1, data: Uint8Array.from(data) });

test("three classes, two images, pixels that count nowhere", () => {
  const matrix = new ConfusionMatrix(3);
  matrix.add(row(0, 0, 0, 0, 1, 1), row(0, 0, 0, 1, 1, 0));
  matrix.add(row(2, 2, 255, 255), row(2, 1, 0, 2));
  expect([...matrix.counts]).toEqual([3, 1, 0, 1, 1, 0, 0, 1, 1]);
  // IoU: 3 / (4 + 4 − 3), 1 / (2 + 3 − 1), 1 / (2 + 1 − 1).
  expect(matrix.classIoU()).toEqual([3 / 5, 1 / 4, 1 / 2]);
  const figures = matrix.figures();
  expect(figures.pixelAccuracy).toBeCloseTo(5 / 8, 12);
  expect(figures.meanAccuracy).toBeCloseTo((3 / 4 + 1 / 2 + 1 / 2) / 3, 12);
  expect(figures.meanIoU).toBeCloseTo((3 / 5 + 1 / 4 + 1 / 2) / 3, 12);
  expect(figures.frequencyWeightedIoU).toBeCloseTo((4 * (3 / 5) + 2 * (1 / 4) + 2 * (1 / 2)) / 8, 12);
});

test("a class that is neither labelled nor predicted counts nowhere; one that is only predicted has an IoU of 0", () => {
  const absent = new ConfusionMatrix(3);
  absent.add(row(0, 0, 1, 1), row(0, 0, 1, 1));
  expect(absent.classIoU()).toEqual([1, 1, undefined]);
  expect(absent.figures()).toEqual({ pixelAccuracy: 1, meanAccuracy: 1, meanIoU: 1, frequencyWeightedIoU: 1 });
  const predicted = new ConfusionMatrix(3);
  predicted.add(row(0, 0, 0, 1), row(0, 0, 2, 1));
  expect(predicted.classIoU()).toEqual([2 / 3, 1, 0]);
  expect(predicted.figures().meanAccuracy).toBeCloseTo((2 / 3 + 1) / 2, 12);
  expect(predicted.figures().meanIoU).toBeCloseTo((2 / 3 + 1 + 0) / 3, 12);
});

test("without labelled pixels there are no figures", () => {
  const matrix = new ConfusionMatrix(2);
  matrix.add(row(255, 255), row(0, 1));
  expect(matrix.figures().pixelAccuracy).toBeNaN();
});

test("images of different sizes are refused", () => {
  expect(() => new ConfusionMatrix(2).add(row(0, 1), row(0))).toThrow(DataError);
  expect(() => new ConfusionMatrix(2).add(row(0, 1), row(0))).toThrow(/^confusion matrix: expected labels of 1×1 pixels, the size of the image, got 2×1/);
});

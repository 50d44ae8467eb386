/** The FCN through the command: training that resumes, its page, figures, label images, weights elsewhere, and the FCN score. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decodeLabels } from "../../src/data/decode-labels.js";
import { hexOf } from "../../src/data/label-classes.js";
import { sceneClasses, writeScenes } from "../support/scenes.js";
import { makeImages } from "./make-images.js";
import { cyclegan } from "./run-command.js";

const folder = mkdtempSync(join(tmpdir(), "cyclegan-fcn-"));
const tiny = "--encoder vgg8 --ngf 4 --load-size 36 --crop-size 32 --batch-size 2 --print-freq 2 --display-freq 4 --eval-freq 4 --save-latest-freq 2 --lr 0.004";
const run = (line: string) => cyclegan(folder, ...line.split(" "));
const train = (name: string, data: string, steps: number, more = "") =>
  run(`train --model fcn --dataroot ${data} --name ${name} ${tiny} --max-steps ${steps}${more}`);
const at = (...parts: readonly string[]): string => join(folder, "runs", ...parts);
const lines = (...path: readonly string[]): unknown[] => readFileSync(at(...path), "utf8").trim().split("\n").map((line): unknown => JSON.parse(line));

beforeAll(async () => {
  for (const form of ["palette", "gray", "colours"] as const) {
    writeScenes(join(folder, form), "train", 4, 36, form);
    writeScenes(join(folder, form), "test", 3, 36, form);
  }
  makeImages(join(folder, "photos"), 2, 60, 50);
  const { names, colors = [] } = sceneClasses;
  writeFileSync(join(folder, "colours", "classes.json"), JSON.stringify(names.map((name, index) => ({ name, color: colors[index] }))));
  const runs = await Promise.all([train("whole", "palette", 6, " --classes ground,disc,square"), train("colours", "colours", 6)]);
  for (const { code, stderr } of runs) expect(code, stderr).toBe(0);
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));

const anyNumber = expect.any(Number) as number;

test("it continues to the same bits", { timeout: 60_000 }, async () => {
  expect((await train("parts", "palette", 3, " --classes ground,disc,square")).code).toBe(0);
  expect((await run("train --resume runs/parts --max-steps 6")).stderr).toMatch(/Resumed after step 3/);
  const weights = (name: string) => readFileSync(at(name, "checkpoints", "latest_net_FCN.safetensors")).toString("base64");
  expect(readdirSync(at("whole", "checkpoints")).filter((file) => file.startsWith("latest_net_"))).toEqual(["latest_net_FCN.safetensors"]);
  expect(weights("parts")).toBe(weights("whole"));
  expect(lines("parts", "metrics.jsonl").at(-1)).toEqual(lines("whole", "metrics.jsonl").at(-1));
});

test("its log, figures and page", () => {
  expect(lines("whole", "log.jsonl").at(-1)).toMatchObject({ step: 6, cross_entropy: anyNumber });
  const metrics = lines("whole", "metrics.jsonl") as { step: number; meanIoU: number }[];
  expect(metrics.at(-1)).toMatchObject({ pixelAccuracy: anyNumber, meanAccuracy: anyNumber, meanIoU: anyNumber, frequencyWeightedIoU: anyNumber });
  // The best weights are those with the highest mean IoU, the first of equal ones.
  const best = metrics.reduce((a, b) => (b.meanIoU > a.meanIoU ? b : a));
  expect(JSON.parse(readFileSync(at("whole", "checkpoints", "best.json"), "utf8"))).toEqual({ step: best.step, metric: "meanIoU", value: best.meanIoU });
  const page = readFileSync(at("whole", "index.html"), "utf8");
  for (const text of ["– FCN</title>", "<span>image</span><span>prediction</span><span>label</span>", "Held-out mean IoU", '"better":"higher"']) expect(page).toContain(text);
});

describe("labels in other forms", { timeout: 60_000 }, () => {
  test("the same classes give the same weights", async () => {
    const { code, stderr } = await train("gray", "gray", 6, " --classes ground,disc,square");
    expect(code, stderr).toBe(0);
    const weights = (name: string) => readFileSync(at(name, "checkpoints", "latest_net_FCN.safetensors"));
    for (const name of ["gray", "colours"]) expect(weights(name), name).toEqual(weights("whole"));
  });

  test("a run keeps the classes of classes.json, and shows labels in their colours", async () => {
    const { classes } = JSON.parse(readFileSync(at("colours", "config.json"), "utf8")) as { classes: string };
    expect(classes).toBe("ground=#403020,disc=#2060c0,square=#c0a000");
    const { data } = await sharp(at("colours", "samples", "step-000006.png")).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    const seen = new Set(Array.from({ length: data.length / 3 }, (_, pixel) => hexOf([data[3 * pixel] ?? 0, data[3 * pixel + 1] ?? 0, data[3 * pixel + 2] ?? 0])));
    expect([...seen]).toEqual(expect.arrayContaining(["#403020", "#2060c0", "#c0a000"]));
  });
});

test("a dry run counts its memory", { timeout: 60_000 }, async () => {
  const { code, stdout, stderr } = await train("dry", "palette", 6, " --classes 3 --dry-run");
  expect(code, stderr).toBe(0);
  expect(stdout + stderr).toMatch(/memory/);
});

test("eval measures it, and translate writes label images of class numbers in the colours of the classes", { timeout: 60_000 }, async () => {
  const { stdout, code, stderr } = await run("eval --model runs/colours");
  expect(code, stderr).toBe(0);
  expect(stdout).toMatch(/^Test images: 3, measured at 32×32.*\npixel accuracy +0\.\d{4}\nmean accuracy +0\.\d{4}\nmean IoU +0\.\d{4}\nfrequency-weighted IoU +0\.\d{4}\n\nIoU of each class\n {2}ground/);
  expect((await run("translate --model runs/colours --input photos --output labels")).stderr).toMatch(/Images: 2 translated/);
  const labels = await decodeLabels(join(folder, "labels", "1.png"), sceneClasses);
  expect([labels.width, labels.height]).toEqual([60, 50]);
  expect(await sharp(join(folder, "labels", "1.png")).metadata()).toMatchObject({ isPalette: true, width: 60, height: 50 });
  // In colours they are labels as well.
  const rgb = await sharp(join(folder, "labels", "1.png")).removeAlpha().png({ palette: false }).toBuffer();
  writeFileSync(join(folder, "labels-rgb.png"), rgb);
  expect((await decodeLabels(join(folder, "labels-rgb.png"), sceneClasses)).data).toEqual(labels.data);
  expect((await run("translate --model runs/colours --input photos --output labels")).stderr).toMatch(/2 of 2 images were finished before/);
});

test("its weights are inspected, converted, and start another training", { timeout: 60_000 }, async () => {
  const weights = "runs/whole/checkpoints/latest_net_FCN.safetensors";
  expect((await run(`inspect ${weights}`)).stdout).toMatch(/an FCN-8s for segmentation into 3 classes, vgg8, ngf 4, 3 channels; [^]*upscore8[^]*Nothing odd/);
  expect((await run(`convert ${weights} fcn.onnx`)).code).toBe(0);
  expect((await run(`convert ${weights} fcn.pth`)).code).toBe(0);
  for (const model of ["runs/whole", "fcn.pth"]) {
    expect((await run(`translate --model ${model} --input palette/testA --output by-${model.replace("/", "-")}`)).stderr).toMatch(/Images: 3 translated/);
  }
  const read = async (place: string) => (await decodeLabels(join(folder, place, "0.png"), sceneClasses)).data;
  expect(await read("by-fcn.pth")).toEqual(await read("by-runs-whole"));
  const measured = await run("eval --model fcn.pth --dataroot palette --crop-size 32 --json");
  expect(JSON.parse(measured.stdout)).toMatchObject({ images: 3, figures: { meanIoU: anyNumber }, classes: [{ name: "0" }, { name: "1" }, { name: "2" }] });
  const started = await train("started", "palette", 1, " --classes 3 --init-fcn fcn.pth");
  expect(started.code, started.stderr).toBe(0);
});

test("the FCN score of a model from labels to photos", { timeout: 60_000 }, async () => {
  const pix2pix = "--net-g resnet_1blocks --ngf 4 --ndf 4 --load-size 36 --crop-size 32 --max-steps 2 --eval-freq 0 --display-freq 100";
  for (const direction of ["BtoA", "AtoB"]) {
    expect((await run(`train --model pix2pix --dataroot colours --name ${direction} --direction ${direction} ${pix2pix}`)).code).toBe(0);
  }
  const scored = await run("eval --model runs/BtoA --fcn-score runs/colours");
  expect(scored.code, scored.stderr).toBe(0);
  expect(scored.stdout).toMatch(/FCN score of 3 photos made from labels +pixel accuracy +class accuracy +class IoU\n {2}these translations +0\.\d\d +0\.\d\d +0\.\d\d\n {2}the real photos of the same names +0\.\d\d/);
  expect(scored.stdout).toMatch(/CycleGAN in CycleGAN's paper \(Cityscapes\) +0\.52 +0\.17 +0\.11\n {2}pix2pix in CycleGAN's paper \(Cityscapes\) +0\.71 +0\.25 +0\.18/);
  const json = JSON.parse((await run("eval --model runs/BtoA --fcn-score runs/colours --json")).stdout) as { fcnScore: { real: unknown } };
  // The real photos at the same size are those that the FCN is measured on.
  const own = JSON.parse((await run("eval --model runs/colours --json")).stdout) as { figures: unknown };
  expect(json.fcnScore.real).toEqual(own.figures);
  expect((await run("eval --model runs/AtoB --fcn-score runs/colours")).stderr).toMatch(/--fcn-score runs\/colours: its labels are in domain B, and runs\/AtoB does not translate B to A/);
  expect((await run("eval --model runs/BtoA --fcn-score runs/AtoB")).stderr).toMatch(/--fcn-score runs\/AtoB: expected a run of --model fcn, or a file of its weights, got another model/);
});

test("what it cannot do is said", { timeout: 60_000 }, async () => {
  mkdirSync(join(folder, "damaged"), { recursive: true });
  writeScenes(join(folder, "damaged"), "train", 2, 36, "gray");
  writeFileSync(join(folder, "damaged", "classes.json"), "{");
  const cases: readonly (readonly [line: string, message: RegExp])[] = [
    [`train --model fcn --dataroot gray --name none ${tiny}`, /--classes: expected the classes of the labels, got none\. Put a classes\.json/],
    [`train --model fcn --dataroot damaged --name none ${tiny}`, /damaged\/classes\.json: expected JSON that can be read/],
    [`train --model fcn --dataroot gray --name none ${tiny} --classes 2`, /expected class numbers below 2, or 255 for pixels that count nowhere, got 2/],
    [`train --model fcn --dataroot gray --name none ${tiny} --classes 3 --crop-size 24`, /--crop-size: expected a multiple of 32/],
    ["translate --model runs/whole --input photos --output x --format jpg", /--format: the labels of an FCN are numbers, which only png keeps/],
    ["translate --model runs/whole --input photos/0.png --output x.webp", /--output x\.webp: the labels of an FCN are numbers/],
    ["translate --model runs/whole --input photos --output x --keep-alpha", /--keep-alpha does not work with an FCN/],
    ["translate --model runs/whole --input photos --output x --tile 48", /--tile: expected a multiple of 32 for an FCN, got 48/],
    ["translate --model runs/whole --input photos --output x --direction BtoA", /only translates the other way/],
    ["eval --model runs/whole --back fcn.pth", /--back does not work with an FCN/],
  ];
  const outcomes = await Promise.all(cases.map(([line]) => run(line)));
  for (const [index, { code, stderr }] of outcomes.entries()) {
    expect(stderr, cases[index]?.[0]).toMatch(cases[index]?.[1] ?? /^$/);
    expect(code).not.toBe(0);
  }
  expect(readdirSync(folder)).not.toContain("x");
});

/** The options of the FCN, its losses and its images. */
import { CLASSES_FORM, parseClasses } from "../../data/label-classes.js";
import type { VisualRow } from "../model.js";
import { channels, choice, parseOptions, real, text, whole, type OptionSpec, type ValuesOf } from "../options.js";
import { encoderNames, fcnKinds } from "../networks/fcn.js";
import { precisions } from "../parts/precision.js";

/** The classes as `parseClasses` reads them; empty until the data set's classes.json is read. */
function classes(help: string): OptionSpec<string> {
  const accepts = (value: unknown): value is string => typeof value === "string" && (value === "" || parseClasses(value) !== undefined);
  return { ...text("", "list", help), expected: CLASSES_FORM, accepts };
}

const networks = {
  classes: classes("classes of the labels: their number, their names, or names with colours (sky=#87ceeb,road=#808080); by default those in classes.json of the data set"),
  inputNc: channels(3, "channels of the images"),
  fcn: choice("8s", fcnKinds, "FCN-32s, FCN-16s or FCN-8s: the stride of the finest scores, in pixels"),
  encoder: choice("vgg16", encoderNames, "the encoder's convolutions; vgg8 has one in each of its five stages"),
  ngf: whole(64, 1, "width of the encoder: channels of its first stage; 64 is VGG's, multiples of 4 are fastest"),
  precision: choice("f32", precisions, "how activations are stored; f16 needs less memory, and scales the loss so that gradients fit"),
};

const training = {
  beta1: real(0.9, { min: 0, max: 0.9999 }, "momentum of Adam"),
};

const start = {
  initFcn: text("", "file", "weights (.safetensors or .pth) that the network starts from"),
};

/** The options by heading in the help of `train`. */
export const optionGroups = { network: networks, training, "first weights": start };

const table = { ...networks, ...training };

/** How an FCN is built and trained. */
export type FcnOptions = ValuesOf<typeof table> & {
  /** Learning rate of Adam until `schedule` sets another. */
  readonly lr: number;
};

/** The options of `train` that the FCN reads. */
export type FcnSettings = FcnOptions & ValuesOf<typeof start>;

export const defaultFcnOptions: FcnOptions = { ...parseOptions(table, {}), lr: 2e-4 };

export const lossNames = ["cross_entropy"] as const;
export type LossName = (typeof lossNames)[number];

export const visualRows: readonly VisualRow[] = [{ visuals: ["image", "prediction", "label"], headings: ["image", "prediction", "label"] }];

/** The network of the FCN, with its first weights. */
import { parseClasses, type LabelClasses } from "../../data/label-classes.js";
import { UsageError } from "../../errors.js";
import type { Gpu } from "../../gpu/gpu.js";
import type { Random } from "../../random.js";
import { initialiseFcn } from "../networks/fcn.js";
import { buildGenerator, type Generator } from "../networks/generator.js";
import { labelParameters, named } from "../parts/first-weights.js";
import type { FcnOptions } from "./options.js";

/** The classes that the options name. Throws a UsageError if they name none. */
export function classesOf({ classes }: Pick<FcnOptions, "classes">): LabelClasses {
  const found = parseClasses(classes);
  if (found) return found;
  throw new UsageError(
    "--classes: expected the classes of the labels, got none. Put a classes.json into the data set, or name their number, as in --classes 5, " +
      "or their names, as in --classes sky,road,car.",
  );
}

/** The network with its first weights. */
export function buildFcn(gpu: Gpu, options: FcnOptions, random: Random): Generator {
  const { inputNc, fcn, encoder, ngf } = options;
  const network = buildGenerator(gpu, { inputNc, outputNc: classesOf(options).names.length, fcn, encoder, ngf });
  initialiseFcn(network, random.stream("FCN"));
  labelParameters("FCN", network);
  return named("FCN", network);
}

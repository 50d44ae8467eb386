/**
 * The options of the reference's train.py and test.py that have another name here or none, in all releases since 2017: what
 * the command line gets in their place. Options of the same name, such as --lambda_A, are not listed.
 */
import { UsageError } from "../../errors.js";

/** The commands for which people paste options of the reference. */
export type ReferenceCommand = "train" | "test" | "translate" | "eval";

/** What stands in place of an option. */
interface Answer {
  readonly args: readonly string[];
  /** Why it is ignored, if it is. */
  readonly ignored?: string;
}

export interface ReferenceOption {
  /** In kebab-case. */
  readonly name: string;
  /** "maybe": true or false may follow. */
  readonly takesValue: boolean | "maybe";
  readonly commands: readonly ReferenceCommand[];
  /** `args`: the whole command line. Throws a UsageError for a value that has no counterpart. */
  readonly answer: (value: string, args: readonly string[]) => Answer;
}

const train = ["train"] as const;
const inference = ["test", "translate", "eval"] as const;
const all = ["train", ...inference] as const;

/** The same under another name. */
function renamed(name: string, to: string, commands: readonly ReferenceCommand[]): ReferenceOption {
  return { name, takesValue: true, commands, answer: (value) => ({ args: [to, value] }) };
}

function ignored(name: string, takesValue: boolean, commands: readonly ReferenceCommand[], why: string): ReferenceOption {
  return { name, takesValue, commands, answer: () => ({ args: [], ignored: why }) };
}

/** An error that says what to do instead, whatever the value. */
function refused(name: string, commands: readonly ReferenceCommand[], advice: string): ReferenceOption {
  return {
    name,
    takesValue: false,
    commands,
    answer() {
      throw new UsageError(`${name}: ${advice}`);
    },
  };
}

/** Accepted without a word if the value is the one that this product has; otherwise an error with advice. */
function only(name: string, values: readonly string[], commands: readonly ReferenceCommand[], advice: string): ReferenceOption {
  return {
    name,
    takesValue: true,
    commands,
    answer(value) {
      if (values.includes(value)) return { args: [] };
      throw new UsageError(`${name}: expected ${values.join(" or ")}, got ${value}. ${advice}`);
    },
  };
}

/** An option of this product for which some values of the reference have no counterpart. */
function refusing(name: string, refusals: Readonly<Record<string, string>>, replaced: Readonly<Record<string, string>> = {}): ReferenceOption {
  return {
    name,
    takesValue: true,
    commands: train,
    answer(value) {
      const advice = refusals[value];
      if (advice !== undefined) throw new UsageError(`${name} ${value}: ${advice}`);
      return { args: [name, replaced[value] ?? value] };
    },
  };
}

/** --gpu_ids: -1 is the processor, 0 the usual adapter, another number that adapter, several numbers several devices. */
function adapterOf(value: string, args: readonly string[]): Answer {
  const ids = value.split(",").map((id) => id.trim()).filter((id) => id !== "");
  if (ids.length > 1) {
    throw new UsageError(`--gpu-ids ${value}: a training uses one device. Name one, or run a training per device with --adapter <number>.`);
  }
  const [id = "0"] = ids;
  if (!/^-?\d+$/.test(id)) throw new UsageError(`--gpu-ids: expected the number of a device, or -1 for the processor, got ${value}.`);
  if (args.some((argument) => argument.startsWith("--adapter"))) return { args: [], ignored: "--adapter chooses the device" };
  if (id === "0") return { args: [] };
  return { args: ["--adapter", id === "-1" ? "software" : id] };
}

/** Whether a command line trains pix2pix, which has aligned images and dropout. */
function isPaired(args: readonly string[]): boolean {
  return args.some((argument, index) => argument === "--model=pix2pix" || (argument === "--model" && args[index + 1] === "pix2pix"));
}

/** Whether a command line trains FastCUT. */
function isFast(args: readonly string[]): boolean {
  return args.some((argument, index) => /^--cut-mode=fastcut$/i.test(argument) || (argument === "--cut-mode" && /^fastcut$/i.test(args[index + 1] ?? "")));
}

/** --CUT_mode: the program of CUT trains nothing else, so it has no --model. */
function cutModeOf(value: string, args: readonly string[]): Answer {
  const names = args.some((argument) => argument.startsWith("--model"));
  return { args: [...(names ? [] : ["--model", "cut"]), "--cut-mode", value] };
}

/** A switch of CUT, whose default depends on --cut-mode. `fast`: that of FastCUT. */
function cutSwitch(name: string, fast: boolean, flag: string): ReferenceOption {
  return {
    name,
    takesValue: "maybe",
    commands: train,
    answer(value, args) {
      const wanted = !/^(false|no|0|f|n)$/i.test(value);
      if (wanted === (isFast(args) === fast)) return { args: [] };
      if (!isFast(args)) return { args: [flag] };
      throw new UsageError(`${name} ${wanted}: FastCUT has the opposite. Use --cut-mode cut with the options that --help names for fastcut.`);
    },
  };
}

const inUse =
  "images are always taken in order, as they are, and networks translate without dropout, by their running statistics if they have some";
const page = "each run has its own index.html, and --live serves it";
const whole = "images keep their size";
const testCommand = 'use "cyclegan test", which has the options of test.py';
const recognised = "the weights say which network they belong to";

/** One option a line. */
export const referenceOptions: readonly ReferenceOption[] = [
  // Options with another name.
  renamed("--checkpoints-dir", "--runs-dir", train),
  renamed("--fine-size", "--crop-size", ["train", "eval"]),
  renamed("--which-direction", "--direction", all),
  renamed("--which-model-net-g", "--net-g", train),
  renamed("--which-model-net-d", "--net-d", train),
  renamed("--niter", "--n-epochs", train),
  renamed("--niter-decay", "--n-epochs-decay", train),
  renamed("--identity", "--lambda-identity", train),
  renamed("--resize-or-crop", "--preprocess", train),
  renamed("--n-threads", "--num-threads", train),
  renamed("--which-epoch", "--epoch", all),
  renamed("--how-many", "--num-test", ["test"]),
  { name: "--no-lsgan", takesValue: false, commands: train, answer: () => ({ args: ["--gan-mode", "vanilla"] }) },
  { name: "--gpu-ids", takesValue: true, commands: all, answer: adapterOf },
  // Values without a counterpart.
  refusing("--model", {
    colorization: "this program has no such model. Use pix2pix with gray and coloured images of one name.",
    test: 'it cannot be trained. Use "cyclegan test" or "cyclegan translate".',
  }),
  refusing("--lr-policy", {}, { lambda: "linear" }),
  refusing("--norm", { syncbatch: "a training uses one device, so there is nothing to synchronise. Use batch." }),
  {
    name: "--dataset-mode",
    takesValue: true,
    commands: train,
    answer(value, args) {
      const expected = isPaired(args) ? "aligned" : "unaligned";
      if (value === expected) return { args: [] };
      throw new UsageError(`--dataset-mode: expected ${expected}, got ${value}. The model decides which images it needs.`);
    },
  },
  only("--phase", ["train"], train, "Training uses trainA and trainB."),
  only("--load-iter", ["0"], all, "Name an epoch with --epoch."),
  {
    name: "--use-dropout",
    takesValue: false,
    commands: all,
    answer(_, args) {
      if (isPaired(args)) return { args: [] };
      throw new UsageError("--use-dropout: the networks have no dropout. Leave it out; CycleGAN's own setting is --no_dropout.");
    },
  },
  {
    name: "--align-data",
    takesValue: false,
    commands: all,
    answer(_, args) {
      if (isPaired(args)) return { args: [] };
      throw new UsageError("--align-data: CycleGAN needs no pairs. Leave it out.");
    },
  },
  { name: "--no-dropout", takesValue: false, commands: train, answer: (_, args) => ({ args: isPaired(args) ? ["--no-dropout"] : [] }) },
  { name: "--no-dropout", takesValue: false, commands: inference, answer: () => ({ args: [] }) },
  // Of CUT's program.
  { name: "--cut-mode", takesValue: true, commands: train, answer: cutModeOf },
  cutSwitch("--nce-idt", false, "--no-nce-idt"),
  cutSwitch("--flip-equivariance", true, "--flip-equivariance"),
  renamed("--norm-g", "--norm", train),
  renamed("--norm-d", "--norm", train),
  renamed("--evaluation-freq", "--eval-freq", train),
  only("--net-f", ["mlp_sample"], train, "Features are always projected by heads of two layers."),
  only("--nce-includes-all-negatives-from-minibatch", ["false", "False"], train, "Places are compared with those of the same image."),
  only("--beta2", ["0.999"], train, "The second moments of Adam always decay by 0.999."),
  refused("--pretrained-name", train, "name the files of weights with --init-g, --init-d and --init-f."),
  ...["--easy-label", "--random-scale-max"].map((name) => ignored(name, true, all, "it changes no result")),
  // Options that are not needed.
  ignored("--is-train", false, train, "the command says so"),
  ignored("--save-by-iter", false, train, "--save-latest-freq replaces the latest weights"),
  ignored("--suffix", true, all, "--name is the whole name"),
  { name: "--verbose", takesValue: false, commands: all, answer: () => ({ args: [], ignored: "set DEBUG=1 instead" }) },
  ...["--use-wandb", "--no-html"].map((name) => ignored(name, false, all, page)),
  ...["--wandb-project-name", "--display-id", "--display-server", "--display-env", "--display-port", "--display-ncols"]
    .concat(["--display-winsize", "--display-single-pane-ncols", "--update-html-freq"])
    .map((name) => ignored(name, true, all, page)),
  // Of test.py, in the commands that use trained weights.
  ...["--ngf", "--ndf", "--net-g", "--net-d", "--which-model-net-g", "--which-model-net-d", "--n-layers-d", "--norm", "--input-nc", "--output-nc"]
    .concat(["--init-type", "--init-gain", "--cut-mode", "--norm-g", "--norm-d"])
    .map((name) => ignored(name, true, inference, recognised)),
  ...["--no-antialias", "--no-antialias-up"].map((name) => ignored(name, false, inference, recognised)),
  ignored("--load-size", true, ["test"], whole),
  ...["--fine-size", "--crop-size", "--preprocess", "--resize-or-crop", "--aspect-ratio"]
    .map((name) => ignored(name, true, ["test", "translate"], whole)),
  ...["--load-size", "--preprocess", "--resize-or-crop"].map((name) => ignored(name, true, ["eval"], "--crop-size is the size that images are measured at")),
  ...["--num-test", "--how-many", "--ntest"].map((name) => ignored(name, true, ["translate"], "all images are translated")),
  ...["--num-test", "--how-many", "--ntest"].map((name) => ignored(name, true, ["eval"], "--images says how many are measured")),
  ignored("--ntest", true, ["test"], "--num-test says how many are translated"),
  ...["--dataset-mode", "--max-dataset-size", "--num-threads", "--n-threads", "--batch-size"].map((name) => ignored(name, true, inference, "it changes no result")),
  ...["--serial-batches", "--no-flip", "--eval"].map((name) => ignored(name, false, inference, inUse)),
  ignored("--aspect-ratio", true, ["eval"], "images are measured as squares"),
  only("--phase", ["test"], ["translate", "eval"], 'Name the images with --input, or use "cyclegan test".'),
  refused("--dataroot", ["translate"], `name the images with --input, or ${testCommand}.`),
  ...["--name", "--checkpoints-dir"].map((name) => refused(name, ["translate", "eval"], `name the folder of the run with --model, or ${testCommand}.`)),
  refused("--model-suffix", ["translate", "eval"], `choose the generator with --direction, or ${testCommand}.`),
  refused("--results-dir", ["translate"], `name the folder of the translations with --output, or ${testCommand}.`),
  refused("--results-dir", ["eval"], `eval writes no images. To write them, ${testCommand}.`),
  // Options of one of the reference's programs, given to the other one.
  ...["--results-dir", "--aspect-ratio", "--eval", "--num-test", "--how-many", "--ntest", "--model-suffix"]
    .map((name) => refused(name, train, 'this is an option of "cyclegan test".')),
  ...["--n-epochs", "--n-epochs-decay", "--niter", "--niter-decay", "--epoch-count", "--continue-train", "--lr", "--beta1", "--lr-policy"]
    .concat(["--lr-decay-iters", "--gan-mode", "--no-lsgan", "--pool-size", "--lambda-a", "--lambda-b", "--lambda-identity", "--lambda-l1", "--identity"])
    .concat(["--lambda-gan", "--lambda-nce", "--nce-idt", "--nce-layers", "--net-f", "--net-f-nc", "--nce-t", "--num-patches", "--flip-equivariance"])
    .concat(["--display-freq", "--print-freq", "--save-latest-freq", "--save-epoch-freq", "--save-by-iter", "--is-train"])
    .map((name) => refused(name, inference, 'this is an option of "cyclegan train". Leave it out.')),
];

import { Command } from "commander";
import { printableLines } from "./terminal/printable.js";

const examples = `
Examples:
  cyclegan convert runs/zebra latest_net_G_A.pth --network G_A       (for PyTorch)
  cyclegan convert horse2zebra.pth horse2zebra.safetensors
  cyclegan convert runs/zebra small.safetensors --network G_A --half   (half the size)
  cyclegan convert horse2zebra.pth horse2zebra.onnx                  (for onnxruntime, at any size)
  cyclegan convert runs/zebra zebra.onnx --network G_A --epoch best
  cyclegan convert all.pth judge.safetensors --network models.D_A.

Names and axis orders are the reference's. Floats of any type become float32, unless --half is given. PyTorch reads the .pth file with
torch.load(path, weights_only=True). The input of an ONNX model is "image" [batch, channels, height, width] in −1 to 1, with
height and width multiples of 4, and its output is "translation". Each image has its own norm statistics. "cyclegan inspect"
shows the prefix of each network's names.`;

interface Values {
  readonly network?: string;
  readonly epoch?: string;
  readonly half: boolean;
  readonly overwrite: boolean;
}

/** `cyclegan convert`. */
export function convertCommand(): Command {
  const command = new Command("convert")
    .description("write weights in another format, chosen by the extension: .safetensors, .pth, or .onnx for a generator")
    .argument("<from>", "a .pth or .safetensors file, the folder of a run, or a checkpoints folder of the reference")
    .argument("<to>", "the file to write")
    .option("--network <name>", "convert only this network: of a folder by its name; of a file by the prefix of its names, which is removed")
    .option("--epoch <epoch>", "which weights of a folder: latest, best, or the number of an epoch (default: latest)")
    .option("--half", "store floats in 16 bits, in a .safetensors file of half the size", false)
    .option("--overwrite", "replace an existing file", false)
    .addHelpText("after", examples);
  return command.action(async (from: string, to: string, values: Values) => {
    const { convertWeights } = await import("../weights/convert.js");
    const { tensors, notes } = await convertWeights({ from, to, ...values });
    process.stderr.write(`${printableLines([...notes, `Written: ${tensors} tensors.`])}\n`);
    process.stdout.write(`${to}\n`);
  });
}

import { describe, expect, it } from "vitest";
import {
  Adam,
  Conv2d,
  ConvTranspose2d,
  CycleGANTrainer,
  defaultOptions,
  DeviceError,
  Ema,
  GradScaler,
  ImagePool,
  initialise,
  MisuseError,
  mul,
  Random,
  ShapeError,
  Tensor,
  UsageError,
} from "../../src/index.js";
import { defaultPix2PixOptions } from "../../src/models/pix2pix/options.js";
import { Pix2PixTrainer } from "../../src/models/pix2pix/trainer.js";
import { openGpu } from "../../src/open-gpu.js";
import { useGpu } from "../support/device.js";

const gpu = useGpu();
const leaf = (): Tensor => Tensor.zeros(gpu(), [2], "weight").withGrad();
const sizes = { inChannels: 3, outChannels: 4, kernelSize: 3 };

const refused: readonly (readonly [name: string, call: () => unknown, error: new (message: string) => Error, message: string])[] = [
  ["a negative extent", () => Tensor.zeros(gpu(), [-1, 2]), ShapeError, "zeros: expected a shape of whole numbers of at least 0, such as [1, 8, 8, 3], got [-1, 2]."],
  ["half an extent", () => Tensor.empty(gpu(), [1.5, 2], "x"), ShapeError, "x: expected a shape of whole numbers of at least 0, such as [1, 8, 8, 3], got [1.5, 2]."],
  ["an extent that is no number", () => Tensor.from(gpu(), [Number.NaN], [1]), ShapeError, "got [NaN]."],
  ["a number for a shape", () => Tensor.zeros(gpu(), 5 as never), ShapeError, "got 5."],
  ["a tensor larger than a buffer", () => Tensor.zeros(gpu(), [2 ** 40, 2 ** 40]), DeviceError, "device memory: one tensor needs"],
  ["a gradient for a result", () => mul(leaf(), leaf()).withGrad(), MisuseError, "withGrad: expected a leaf, got the result of mul"],
  ["a negative learning rate", () => new Adam(gpu(), [leaf()], { lr: -1 }), UsageError, "Adam: expected lr to be a finite number of at least 0, got -1."],
  ["a learning rate that is no number", () => new Adam(gpu(), [leaf()], { lr: Number.NaN }), UsageError, "Adam: expected lr to be a finite number of at least 0, got NaN."],
  ["a momentum of 1", () => new Adam(gpu(), [leaf()], { beta1: 1 }), UsageError, "Adam: expected beta1 to be a finite number of at least 0 and below 1, got 1."],
  ["no epsilon", () => new Adam(gpu(), [leaf()], { epsilon: 0 }), UsageError, "Adam: expected epsilon to be a finite number above 0, got 0."],
  ["an optimizer of nothing", () => new Adam(gpu(), []), UsageError, "Adam: expected at least one parameter, got none."],
  ["a parameter without a gradient", () => new Adam(gpu(), [Tensor.zeros(gpu(), [2], "x")]), MisuseError, 'Adam: expected tensors that want a gradient, got "x". Mark it with withGrad().'],
  ["a parameter that was computed", () => new Adam(gpu(), [mul(leaf(), leaf())]), MisuseError, 'Adam: expected leaves, got "mul", which mul computed.'],
  ["a decay of 1", () => new Ema(gpu(), new Adam(gpu(), [leaf()]), [leaf()], 1), UsageError, "Ema: expected decay to be a finite number of at least 0 and below 1, got 1."],
  ["a scale of 0", () => new GradScaler(gpu(), { initScale: 0 }), UsageError, "GradScaler: expected initScale to be a finite number above 0, got 0."],
  ["a pool of less than nothing", () => new ImagePool(-1, new Random(1)), UsageError, "ImagePool: expected capacity to be a whole number of at least 0, got -1."],
  ["half a seed", () => new Random(0.5), UsageError, "Random: expected seed to be a whole number, got 0.5."],
  ["a layer without channels", () => new Conv2d(gpu(), { ...sizes, inChannels: 0 }), ShapeError, "Conv2d: expected inChannels to be a whole number of at least 1, got 0."],
  ["a layer with a negative kernel", () => new ConvTranspose2d(gpu(), { ...sizes, kernelSize: -3 }), ShapeError, "ConvTranspose2d: expected kernelSize to be a whole number of at least 1, got -3."],
  ["a network without width", () => new CycleGANTrainer(gpu(), { ...defaultOptions, ngf: 0 }, new Random(1)), UsageError, "ngf: expected a whole number of at least 1, got 0."],
  ["a pix2pix without width", () => new Pix2PixTrainer(gpu(), { ...defaultPix2PixOptions, ngf: 0 }, new Random(1)), UsageError, "ngf: expected a whole number of at least 1, got 0."],
  ["an initialisation that is none", () => initialise(new Conv2d(gpu(), sizes), "he" as never, 0.02, new Random(1)), UsageError, 'initialise: expected a type among normal, xavier, kaiming, orthogonal, got "he".'],
  ["a gain that is no number", () => initialise(new Conv2d(gpu(), sizes), "normal", Number.NaN, new Random(1)), UsageError, "initialise: expected gain to be a finite number above 0, got NaN."],
];

describe("the library refuses", () => {
  it.for(refused)("%s", async ([, call, error, message]) => {
    using _scope = gpu().scope("refused");
    expect(call).toThrow(error);
    expect(call).toThrow(message);
    // The device goes on.
    expect(await Tensor.zeros(gpu(), [1]).item()).toBe(0);
  });

  it("a learning rate that was set to a negative number, and changes nothing", async () => {
    using _scope = gpu().scope("negative");
    const weight = Tensor.from(gpu(), [2], [1, 2]).withGrad();
    const adam = new Adam(gpu(), [weight], { lr: 0.1 });
    weight.grad = Tensor.from(gpu(), [2], [1, 1]);
    adam.lr = -0.1;
    expect(() => adam.step()).toThrow("Adam: expected lr to be a finite number of at least 0, got -0.1.");
    expect([...(await weight.data())]).toEqual([1, 2]);
  });

  it("a kernel's tensor of another device", async () => {
    using other = await openGpu();
    const y = Tensor.zeros(other, [4]);
    const run = (): void => gpu().run("elementwise/fill", { y, value: 1, size: 4 }, { threads: 4, width: 1 });
    expect(run).toThrow('elementwise/fill: expected tensors of this device, got "y" of another.');
  });
});

describe("a device disposed while it works", () => {
  it.for([["data()", (x: Tensor) => x.data()], ["idle()", (x: Tensor) => x.gpu.idle()]] as const)("says so to what awaits %s", async ([, wait]) => {
    const device = await openGpu();
    const waiting = wait(Tensor.zeros(device, [4]));
    device.dispose();
    await expect(waiting).rejects.toThrow("device: disposed before it had finished. Await data() and idle() before dispose().");
    expect(() => Tensor.zeros(device, [1])).toThrow("device: used after dispose(). Await what is under way before it, or open a new one with openGpu().");
  });
});

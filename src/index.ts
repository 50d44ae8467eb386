/// <reference lib="esnext.disposable" preserve="true" />
import "./platform-globals.js";
/** The public API that Node and browsers share. `openGpu` comes from the entry of the platform. */
export { checkpoint } from "./tensor/activation-checkpoint.js";
export { backward } from "./tensor/autograd.js";
export { cropImage, type Rectangle } from "./data/crop.js";
export type { DeepImage, Image, ImageBatch, ImageSamples, MaskedImage } from "./data/image.js";
export { batchToLabels, labelsInColor, labelsToBatch, scoresToLabels } from "./data/label-batch.js";
export { paletteOf, parseClasses, type Color, type LabelClasses } from "./data/label-classes.js";
export { resizeBicubic } from "./data/resize.js";
export { resizeNearest } from "./data/resize-nearest.js";
export { stackImages } from "./data/stack.js";
export { batchToImages, imageToBatch, type Preprocess } from "./data/transform.js";
export * from "./errors.js";
export { describeOrigin, firstNonFinite, type Magnitude, type NonFiniteOrigin } from "./tensor/first-non-finite.js";
export { gradCheck, type GradCheckEntry, type GradCheckOptions, type GradCheckReport } from "./grad-check.js";
export { graphToDot } from "./tensor/graph-to-dot.js";
export { frozen, noGrad } from "./tensor/grad-mode.js";
export { Gpu, type GpuStats } from "./gpu/gpu.js";
export { trace } from "./gpu/trace.js";
export type { Bindable, Grid, KernelArguments, KernelName, KernelSource } from "./gpu/kernel-arguments.js";
export type { Scope } from "./gpu/scope.js";
export { readWeightBytes, type WeightFile } from "./io/read-weight-bytes.js";
export type { StoredTensor } from "./io/safetensors.js";
export { exportWeights, importWeights, type WeightModule, type WeightParameter } from "./io/weights.js";
export { writeWeightBytes } from "./models/networks/write-weight-bytes.js";
export { ConfusionMatrix, type SegmentationFigures } from "./metrics/confusion.js";
export type { Normalise } from "./metrics/level-distance.js";
export { meanAbsoluteDistance, psnr } from "./metrics/pixel-error.js";
export { slicedWasserstein, type SlicedWasserstein, type SlicedWassersteinOptions } from "./metrics/sliced-wasserstein.js";
export { ssim } from "./metrics/ssim.js";
export { augmentationNames, DiffAugment, type Augmentation } from "./models/parts/diff-augment.js";
export { buildNetwork, type BuildOptions, type Network, type Part } from "./models/networks/build.js";
export * as layers from "./models/networks/layer.js";
export { buildDiscriminator, discriminator, type DiscriminatorOptions } from "./models/networks/patch-gan.js";
export { GanLoss, type GanLossOptions, type GanMode } from "./models/parts/gan-loss.js";
export {
  buildDcganDiscriminator,
  buildDcganGenerator,
  dcganDiscriminator,
  dcganGenerator,
  type DcganDiscriminatorSizes,
  type DcganGeneratorSizes,
} from "./models/networks/dcgan.js";
export {
  buildGenerator,
  generatorArchitecture,
  generatorSides,
  type Generator,
  type GeneratorOptions,
  type GeneratorSizes,
} from "./models/networks/generator.js";
export { bilinearKernel, fcn, initialiseFcn, type Encoder, type FcnKind, type FcnSizes } from "./models/networks/fcn.js";
export { resnetGenerator, type ResnetSizes } from "./models/networks/resnet.js";
export { unetGenerator, type UnetSizes } from "./models/networks/unet.js";
export { ImagePool, type ImagePoolState } from "./models/parts/image-pool.js";
export {
  defaultOptions,
  lossNames,
  visualNames,
  type CycleGANOptions,
  type LossName,
  type Losses,
  type VisualName,
} from "./models/cyclegan/options.js";
export { defaultModel, modelNamed, modelNames, registerModel } from "./models/index.js";
export type {
  Chart,
  HeldOutImages,
  Metrics,
  Model,
  ModelDefinition,
  Settings,
  StepTime,
  VisualRow,
  Watch,
} from "./models/model.js";
export type { Batch, DatasetKind, SampleOptions } from "./data/dataset.js";
export { aligned, pairedFolders } from "./data/datasets/aligned.js";
export { single } from "./data/datasets/single.js";
export { labelled } from "./data/datasets/labelled.js";
export { unpaired } from "./data/datasets/unpaired.js";
export * as option from "./models/options.js";
export type { ProcessGroup } from "./distributed/process-group.js";
export { NewestStep } from "./models/parts/newest-step.js";
export { restoreState, takeState, trainedNames, type StatefulParts } from "./models/parts/state.js";
export {
  layersToLookAt,
  lookInto,
  type ChannelResponse,
  type ChannelResponses,
  type LookImages,
  type LookIntoOptions,
  type LookProgress,
  type VisibleLayer,
} from "./models/deconvnet/look.js";
export { project, type Projection } from "./models/deconvnet/project.js";
export type { WayBack } from "./models/deconvnet/graph.js";
export { generateInTiles, type TileOptions } from "./models/tiling/tiled-generator.js";
export { translateImage, translateImages, type TranslatedImage, type TranslateImageOptions } from "./models/tiling/translate-image.js";
export type { Networks } from "./models/cyclegan/networks.js";
export { generatorFromWeights, type Direction } from "./models/networks/recognise-generator.js";
export { CycleGANTrainer, type Visuals } from "./models/cyclegan/trainer.js";
export type { StateTensor, TrainerState } from "./models/parts/state.js";
export { Conv2d, ConvTranspose2d, UpsampleConv2d, type BiasKind } from "./nn/conv.js";
export { DropoutMasks } from "./nn/dropout.js";
export { evaluating } from "./nn/evaluating.js";
export { initialise, type InitType } from "./nn/init.js";
export { Linear, type LinearSizes } from "./nn/linear.js";
export { SpectralConv2d } from "./nn/spectral-conv.js";
export {
  parameterCount,
  parameterTensors,
  releaseModule,
  Sequential,
  stateless,
  trainedTensors,
  type Module,
  type Parameter,
  type ParameterKind,
} from "./nn/module.js";
export { defineOp, type BackwardCall, type Destination, type ForwardCall, type OpDefinition } from "./tensor/op.js";
export * from "./ops/index.js";
export { Adam, type AdamOptions, type AdamState } from "./optim/adam.js";
export { clipGradNorm, clipGradValue } from "./optim/clip-grad.js";
export { GradScaler, type GradScalerOptions } from "./optim/grad-scaler.js";
export { type DType } from "./dtype.js";
export { Ema } from "./optim/ema.js";
export { SGD, type SGDOptions, type SGDState } from "./optim/sgd.js";
export { afterEpoch, noPlateau, type Plateau } from "./optim/plateau.js";
export { identityWeight, learningRate, type LrPolicy, type Schedule } from "./optim/schedule.js";
export { Random, type RandomState } from "./random.js";
export type { Shape } from "./shape.js";
export { Tensor } from "./tensor/tensor.js";
export { exportTuning, importTuning } from "./tune/choices-json.js";
export { tune, type Measurement, type TuneOptions, type Tuning } from "./tune/tune.js";

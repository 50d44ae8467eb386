/**
 * The names of the platform's interfaces that the library's declarations use.
 *
 * They let the declarations compile in a program that does not know them: TypeScript 5's DOM has no WebGPU, and other programs have
 * no DOM. Where a program has the types, from a newer DOM, `@webgpu/types` or `@types/node`, these add nothing to them.
 */
// oxlint-disable-next-line unicorn/require-module-specifiers -- it makes the file a module, which `declare global` needs
export {};

declare global {
  interface AbortSignal {}
  interface GPUAdapter {}
  interface GPUAdapterInfo {}
  interface GPUBindGroup {}
  interface GPUBindGroupLayout {}
  interface GPUBuffer {}
  interface GPUComputePassTimestampWrites {}
  interface GPUComputePipeline {}
  interface GPUDevice {}
  interface GPUError {}
}

/** TensorFlow.js on WebGPU, for bench:peers. */
import { provideWebGpu } from "../node-webgpu.js";
import { serve } from "../serve.js";

await serve(async () => {
  const provided = await provideWebGpu();
  const { openTfjs } = await import("./engine.js");
  return openTfjs(...provided);
});

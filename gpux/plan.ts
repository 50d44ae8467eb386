const { openGpu } = await import("../src/open-gpu.js");
const { defaultOptions } = await import("../src/models/cyclegan/options.js");
const { CycleGANTrainer } = await import("../src/models/cyclegan/trainer.js");
const { Random } = await import("../src/random.js");
const [size = 256, nBlocks = 9, ngf = 64] = process.argv.slice(2).map(Number);
const real = await openGpu({});
Object.defineProperty(real, "isCpu", { value: false });
Object.defineProperty(real, "adapterInfo", { value: { vendor: "nvidia", architecture: "", device: "nvidia-h200", description: "" } });
const gpu = real.rehearsal();
Object.defineProperty(gpu, "isCpu", { value: false });
const counts = new Map<string, { n: number; bytes: number }>();
const dispatch = gpu.queue.dispatch.bind(gpu.queue);
let on = false; let copies = 0;
gpu.queue.dispatch = (kernel, storages, values, threads, flops) => {
  if (on) { const k = kernel.label.replace(/\/WORKGROUP.*/, ""); const e = counts.get(k) ?? { n: 0, bytes: 0 }; e.n++; e.bytes += storages.reduce((s, x) => s + x.bytes, 0); counts.set(k, e); }
  dispatch(kernel, storages, values, threads, flops);
};
const copy = gpu.queue.copy.bind(gpu.queue); gpu.queue.copy = (...a) => { if (on) copies++; copy(...a); };
const image = (channels: number) => ({ shape: [1, size, size, channels] as const, data: new Float32Array(size * size * channels) });
const trainer = new CycleGANTrainer(gpu, { ...defaultOptions, nBlocks, ngf }, new Random(1));
await trainer.step(image(3), image(3));
on = true; await trainer.step(image(3), image(3)); on = false;
const total = [...counts.values()].reduce((s, { n }) => s + n, 0);
console.log(`${total} dispatches, ${copies} copies, ${([...counts.values()].reduce((s, { bytes }) => s + bytes, 0) / 1e9).toFixed(1)} GB bound, peak ${(gpu.stats.peakBytes / 1e6).toFixed(0)} MB`);
for (const [k, { n, bytes }] of [...counts].sort((a, b) => b[1].n - a[1].n)) console.log(`${String(n).padStart(5)} ${(bytes / 1e9).toFixed(2).padStart(7)} GB  ${k}`);
process.exit(0);

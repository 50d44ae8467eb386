process.env.CYCLEGAN_ADAPTER ??= "auto";
const { openGpu } = await import("../src/open-gpu.js");
const { defaultOptions } = await import("../src/models/cyclegan/options.js");
const { trainOnNoise } = await import("../bench/step.js");
import { Session } from "node:inspector/promises";
import { writeFileSync } from "node:fs";
const gpu = await openGpu({});
Object.defineProperty(gpu, "isCpu", { value: false });
const { step } = trainOnNoise(gpu, { size: 32, options: { ...defaultOptions, nBlocks: 9, ngf: 16, ndf: 8 } });
for (let i = 0; i < 4; i++) { await step(); await gpu.idle(); }
const s = new Session(); s.connect();
await s.post("Profiler.enable"); await s.post("Profiler.setSamplingInterval", { interval: 100 });
const before = gpu.stats.dispatches; const t: number[] = [];
const total = new Map<string, number>(); 
for (let i = 0; i < 8; i++) {
  await s.post("Profiler.start");
  const a = performance.now(); const p = step(); t.push(performance.now() - a);
  const { profile } = await s.post("Profiler.stop");
  await p; await gpu.idle();
  const nodes = new Map(profile.nodes.map((n) => [n.id, n]));
  profile.samples!.forEach((id, k) => { const n = nodes.get(id)!; const f = n.callFrame; const key = `${f.functionName || "(anon)"} ${f.url.split("/").slice(-2).join("/")}:${f.lineNumber + 1}`; total.set(key, (total.get(key) ?? 0) + profile.timeDeltas![k]! / 1000); });
  if (i === 7) writeFileSync("/tmp/host.cpuprofile", JSON.stringify(profile));
}
t.sort((a, b) => a - b);
const d = (gpu.stats.dispatches - before) / 8;
console.log(`host ms: ${t.map((x) => x.toFixed(1)).join(" ")}; ${d} dispatches, ${(t[0]! * 1000 / d).toFixed(1)} us each`);
for (const [k, v] of [...total].sort((a, b) => b[1] - a[1]).slice(0, 45)) console.log(`${(v / 8).toFixed(3).padStart(8)} ms ${k}`);
process.exit(0);

// One Adam step over a run of an optimizer's arenas.
//
// m ← β1 · m + (1 − β1) · g,  v ← β2 · v + (1 − β2) · g²,
// parameter ← parameter − stepSize · m / (sqrt(v) / rootCorrection2 + epsilon)
// with stepSize = lr / (1 − β1^t) and rootCorrection2 = sqrt(1 − β2^t). Source: arXiv 1412.6980, in PyTorch's order of operations.
//
// nonFinite[0] becomes 1 where a gradient, its square or the new parameter is not finite, and stays so. It is told by the
// bits, because WGSL lets a compiler take it that floats are finite.
// #include "lib/thread.wgsl"

const WORKGROUP: u32 = 64u; // @tune
const DECAYED: u32 = 0u; // @tune 1: with weight decay in the gradient; 2: of the parameter itself
const SCALED: u32 = 0u; // @tune 1: gradients are scaled, and `scaling` says by what and whether the step counts

struct Params {
  start: u32, // of the run, in vec4
  size: u32, // of the run, in vec4
  stepSize: f32, // if scaled: lr
  beta1: f32,
  beta2: f32,
  oneMinusBeta1: f32, // rounded once from the exact difference
  oneMinusBeta2: f32,
  epsilon: f32,
  rootCorrection2: f32,
  weightDecay: f32, // in the gradient, or times lr; unused unless decayed
}

@group(0) @binding(0) var<storage, read> gradients: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> parameters: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> firstMoments: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> secondMoments: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> nonFinite: array<atomic<u32>>; // [1]
@group(0) @binding(5) var<storage, read> scaling: array<f32>; // [5], as of grad-scaler.wgsl; unused unless scaled
@group(0) @binding(6) var<uniform> params: Params;

const EXPONENT = vec4u(0x7f800000u); // all ones only in infinities and NaN

@compute @workgroup_size(WORKGROUP)
fn main(thread: Thread) {
  let index = threadIndex(thread);
  if (index >= params.size) {
    return;
  }
  let i = params.start + index;
  var g = gradients[i];
  var stepSize = params.stepSize;
  var rootCorrection2 = params.rootCorrection2;
  if (SCALED != 0u) {
    if (scaling[1] == 0.0) {
      return;
    }
    g *= scaling[1];
    stepSize /= scaling[3];
    rootCorrection2 = sqrt(scaling[4]);
  }
  var old = parameters[i];
  if (DECAYED == 1u) {
    g += params.weightDecay * old;
  }
  if (DECAYED == 2u) {
    old -= params.weightDecay * old;
  }
  let m = params.beta1 * firstMoments[i] + params.oneMinusBeta1 * g;
  let v = params.beta2 * secondMoments[i] + params.oneMinusBeta2 * g * g;
  firstMoments[i] = m;
  secondMoments[i] = v;
  let p = old - stepSize * m / (sqrt(v) / rootCorrection2 + params.epsilon);
  parameters[i] = p;
  // A gradient that is not finite makes v so, and stays in it.
  let broken = ((bitcast<vec4u>(v) & EXPONENT) == EXPONENT) | ((bitcast<vec4u>(p) & EXPONENT) == EXPONENT);
  if (any(broken)) {
    atomicStore(&nonFinite[0], 1u);
  }
}

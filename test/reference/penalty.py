"""Makes penalty.json and penalty.safetensors: gradient penalties of tiny critics, for test/agreement/gradient-penalty.test.ts.

Usage: python3 penalty.py   (torch 2.13; seconds)

As in training.py, the expected values are float64, and the same in float32 shows how far rounding takes them. Central differences
in float64 show that torch's second derivatives are right.
"""
import copy

import torch
from torch import nn
from torch.nn.utils import spectral_norm

from fixture import l2_error, nhwc, write_figures, write_tensors
from gan_losses import gradient_penalty
from networks import SLOPE, Downsample, Named, biases_before_norm
from philox import Random

SEED = 3  # of the shares, too
DRAWS = 8  # of shares: one error may be small by chance
SEEDS = 40
KINK_MARGIN = 1e-4  # a leaky ReLU's slope jumps at 0, and the penalty with it
BASE = {"inputNc": 3, "ndf": 4, "netD": "n_layers", "nLayersD": 2, "norm": "instance", "spectralNorm": False, "antialias": False}
CASES = {  # batch, height, width, options
    "instance": (2, 16, 12, {}),
    "batch": (2, 12, 12, {"norm": "batch", "nLayersD": 1}),
    "no-norm": (1, 13, 14, {"norm": "none", "ndf": 3}),
    "pixel": (2, 5, 6, {"netD": "pixel", "inputNc": 1}),
    "spectral": (1, 12, 12, {"norm": "none", "spectralNorm": True, "nLayersD": 1}),
    "basic": (1, 32, 24, {"netD": "basic", "ndf": 2}),
    "antialiased": (1, 13, 12, {"antialias": True}),
}
NORMS = {"instance": nn.InstanceNorm2d, "batch": nn.BatchNorm2d, "none": lambda _: nn.Identity()}


def critic(options):
    ndf, norm = options["ndf"], NORMS[options["norm"]]
    wrap = spectral_norm if options["spectralNorm"] else lambda module: module
    bias = options["norm"] == "instance"

    def conv(*sizes, **more):
        return wrap(nn.Conv2d(*sizes, **more))

    if options["netD"] == "pixel":
        first = [conv(options["inputNc"], ndf, 1), nn.LeakyReLU(SLOPE)]
        second = [conv(ndf, 2 * ndf, 1, bias=bias), norm(2 * ndf), nn.LeakyReLU(SLOPE)]
        return Named("net", [*first, *second, conv(2 * ndf, 1, 1, bias=bias)])
    n_layers = 3 if options["netD"] == "basic" else options["nLayersD"]
    stride, halving = (1, lambda channels: [Downsample(channels)]) if options["antialias"] else (2, lambda channels: [])
    layers, width = [conv(options["inputNc"], ndf, 4, stride=stride, padding=1), nn.LeakyReLU(SLOPE), *halving(ndf)], ndf
    for layer in range(1, n_layers + 1):
        wider, halves = ndf * min(2**layer, 8), layer < n_layers
        layers += [conv(width, wider, 4, stride=stride if halves else 1, padding=1, bias=bias), norm(wider), nn.LeakyReLU(SLOPE)]
        layers += halving(wider) if halves else []
        width = wider
    return Named("model", [*layers, conv(width, 1, 4, padding=1)])


def draw(options, batch, height, width, seed):
    torch.manual_seed(seed)
    network = critic(options)
    for name, parameter in network.named_parameters():
        scale = parameter.dim() == 1 and name.endswith("weight")
        nn.init.normal_(parameter, 1 if scale else 0, 0.1 if scale else 0.2)
    images = [torch.rand(batch, options["inputNc"], height, width) * 2 - 1 for _ in range(2)]
    return network, images


def penalise(network, images, dtype, seed=SEED):
    """The penalty, its gradients, and the smallest distance from zero of what enters a ReLU."""
    network, (real, fake) = copy.deepcopy(network).to(dtype), [image.to(dtype) for image in images]
    margins = []
    for module in network.modules():
        if isinstance(module, nn.LeakyReLU):
            module.register_forward_pre_hook(lambda _, inputs: margins.append(inputs[0].abs().min().item()))
    random = Random(seed).stream("gradient penalty")
    shares = [random.uniform() for _ in range(real.size(0))]
    penalty = gradient_penalty(network, real, fake, shares)
    names, parameters = zip(*network.named_parameters())
    gradients = torch.autograd.grad(penalty, parameters, allow_unused=True)
    return penalty.item(), {name: g for name, g in zip(names, gradients) if g is not None and g.abs().max() > 1e-12}, min(margins)


def check_by_differences(network, images, gradients):
    """Along one direction for all parameters together."""
    torch.manual_seed(0)
    steps = {name: torch.randn_like(parameter).double() for name, parameter in network.named_parameters()}
    expected = sum((gradients[name] * step).sum().item() for name, step in steps.items() if name in gradients)
    moved = []
    for sign in (1, -1):
        other = copy.deepcopy(network).double()
        for name, parameter in other.named_parameters():
            parameter.data += sign * 1e-6 * steps[name]
        moved.append(penalise(other, images, torch.float64)[0])
    assert abs((moved[0] - moved[1]) / 2e-6 - expected) < 1e-5 * abs(expected), ((moved[0] - moved[1]) / 2e-6, expected)


def float32_errors(network, images, seed, names):
    """How far the penalty and the worst of these gradients in float32 are from those in float64."""
    (single, singles, _), (double, doubles, _) = [penalise(network, images, dtype, seed) for dtype in (torch.float32, torch.float64)]
    return abs(single - double) / double, max(l2_error(singles[key], doubles[key]) for key in names)


def make(name, batch, height, width, changes):
    options = BASE | changes
    for seed in range(SEEDS):
        network, images = draw(options, batch, height, width, seed)
        state = {key: value.clone() for key, value in network.state_dict().items() if value.dim() > 0}
        penalty, gradients, margin = penalise(network, images, torch.float64)
        if margin > KINK_MARGIN:
            break
    assert margin > KINK_MARGIN
    if not options["spectralNorm"]:  # whose vectors a difference would change
        check_by_differences(network, images, gradients)
    for bias in biases_before_norm(network):
        assert bias not in gradients
    errors = [float32_errors(network, images, seed, gradients) for seed in range(SEED, SEED + DRAWS)]
    float32 = dict(zip(("penalty", "gradients"), map(max, zip(*errors))))
    print(name, seed, penalty, f"margin {margin:.1e}", {key: f"{value:.1e}" for key, value in float32.items()}, flush=True)
    tensors = {f"{name}/weights/{key}": value for key, value in state.items() if "running" not in key}
    tensors |= {f"{name}/gradients/{key}": g for key, g in gradients.items()}
    tensors |= {f"{name}/real": nhwc(images[0]), f"{name}/fake": nhwc(images[1])}
    return {"name": name, "seed": SEED, "options": options, "penalty": penalty, "float32": float32}, tensors


torch.set_num_threads(1)
figures, tensors = zip(*[make(name, *case) for name, case in CASES.items()])
write_tensors("penalty", {key: value for group in tensors for key, value in group.items()})
write_figures("penalty", {"torch": torch.__version__, "cases": list(figures)})

"""Makes ops.json and ops.safetensors: single ops at odd sizes with their gradients, for test/agreement/ops.test.ts.

Usage: python3 ops.py   (Debian 12: python3-torch 1.13.1)
"""
import torch
from torch.nn import functional as F

from fixture import l2_error, nhwc, write_figures, write_tensors


def reflected(x, weight, bias, padding):
    return F.conv2d(F.pad(x, (padding,) * 4, mode="reflect"), weight, bias)


def normal(*shape):
    return torch.randn(shape)


def conv(function, x, weight, channels, **attributes):
    return function, {"x": normal(*x), "weight": normal(*weight), "bias": normal(channels)}, attributes


def cases():
    """Inputs in PyTorch's order of axes."""
    torch.manual_seed(1)
    extremes = torch.tensor([-80.0, -20, -7, -0.5, 0, 1e-3, 3, 7, 20, 80])
    return {
        "conv2d, reflected 7×7": conv(reflected, (2, 3, 7, 9), (5, 3, 7, 7), 5, padding=3),
        "conv2d, reflected 3×3": conv(reflected, (1, 8, 3, 5), (8, 8, 3, 3), 8, padding=1),
        "conv2d, 3×3 stride 2": conv(F.conv2d, (1, 5, 9, 6), (8, 5, 3, 3), 8, stride=2, padding=1),
        "conv2d, 4×4 stride 2 on odd sizes": conv(F.conv2d, (3, 4, 7, 5), (3, 4, 4, 4), 3, stride=2, padding=1),
        "conv2d, 4×4 to one channel": conv(F.conv2d, (1, 6, 5, 4), (1, 6, 4, 4), 1, padding=1),
        "convTranspose2d, 3×3 stride 2": conv(
            F.conv_transpose2d, (2, 6, 5, 3), (6, 4, 3, 3), 4, stride=2, padding=1, output_padding=1),
        "convTranspose2d, 4×2 stride 3": conv(
            F.conv_transpose2d, (1, 3, 4, 5), (3, 5, 4, 2), 5, stride=3, padding=0, output_padding=2),
        "instanceNorm": (F.instance_norm, {"x": normal(2, 6, 5, 7)}, {}),
        "instanceNorm, mean 100 and deviation 1": (F.instance_norm, {"x": 100 + normal(1, 5, 9, 7)}, {}),
        "bceWithLogitsLoss": (
            F.binary_cross_entropy_with_logits, {"x": 3 * normal(2, 1, 3, 5), "target": torch.rand(2, 1, 3, 5)}, {}),
        "bceWithLogitsLoss, logits up to 80": (
            F.binary_cross_entropy_with_logits, {"x": extremes, "target": torch.tensor([1.0, 0] * 5)}, {}),
    }


def run(function, inputs, dy, attributes, dtype):
    given = {name: values.to(dtype, copy=True).requires_grad_(name != "target") for name, values in inputs.items()}
    y = function(*given.values(), **attributes)
    y.backward(dy.to(dtype))
    return {"y": y} | {f"d{name}": values.grad for name, values in given.items() if name != "target"}


def make(name, function, inputs, attributes):
    dy = normal(*function(*inputs.values(), **attributes).shape)
    double, single = (run(function, inputs, dy, attributes, dtype) for dtype in (torch.float64, torch.float32))
    tensors = {**inputs, "dy": dy, **double}
    images = {key for key, values in tensors.items() if values.dim() == 4 and "weight" not in key}
    stored = {f"{name}/{key}": nhwc(values) if key in images else values for key, values in tensors.items()}
    float32 = max(l2_error(single[key], double[key]) for key in double)
    return stored, {"name": name, "op": name.split(",")[0], "attributes": attributes, "float32": float32}


torch.set_num_threads(1)
made = [make(name, *case) for name, case in cases().items()]
write_tensors("ops", {key: values for stored, _ in made for key, values in stored.items()})
write_figures("ops", {"torch": torch.__version__, "cases": [figures for _, figures in made]})
for _, figures in made:
    print(figures["name"], f"{figures['float32']:.1e}")

"""Makes adam.json and adam.safetensors: Adam over given gradients, for test/agreement/adam.test.ts.

Usage: python3 adam.py   (Debian 12: python3-torch 1.13.1)
"""
import torch

from fixture import l2_error, write_figures, write_tensors

STEPS = 20
SIZES = [1, 5, 64, 130]
RATES = [2e-4] * 10 + [1e-4] * 10  # the schedule lowers the rate while the moments live on


def draw():
    """Gradients from 1e-10, far below Adam's epsilon of 1e-8, to 1e2."""
    torch.manual_seed(1)
    scales = [10 ** (torch.rand(size) * 12 - 10) for size in SIZES]
    return [[torch.randn(size) * scale for size, scale in zip(SIZES, scales)] for _ in range(STEPS)]


def run(gradients, dtype):
    """Where the steps lead from 0, so that it is the sum of the updates that is compared."""
    parameters = [torch.zeros(size, dtype=dtype, requires_grad=True) for size in SIZES]
    adam = torch.optim.Adam(parameters, betas=(0.5, 0.999), eps=1e-8)
    for rate, step in zip(RATES, gradients):
        adam.param_groups[0]["lr"] = rate
        for parameter, gradient in zip(parameters, step):
            parameter.grad = gradient.to(dtype)
        adam.step()
    return [parameter.detach() for parameter in parameters]


gradients = draw()
double, single = run(gradients, torch.float64), run(gradients, torch.float32)
tensors = {f"gradients/{index}": torch.stack(steps) for index, steps in enumerate(zip(*gradients))}
write_tensors("adam", tensors | {f"values/{index}": values for index, values in enumerate(double)})
float32 = max(l2_error(*pair) for pair in zip(single, double))
write_figures("adam", {"torch": torch.__version__, "beta1": 0.5, "rates": RATES, "float32": float32})
print(f"{float32:.1e}")

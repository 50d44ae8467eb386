"""Makes plateau.json: learning rates of PyTorch's ReduceLROnPlateau with the reference's settings, for test/optim/plateau.test.ts.

Usage: python3 plateau.py   (torch 2.13)
"""
import torch

from fixture import write_figures


def rates(lr, metrics):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, mode="min", factor=0.2, threshold=0.01, patience=5)
    result = []
    for value in metrics:
        scheduler.step(value)
        result.append(optimizer.param_groups[0]["lr"])
    return result


torch.manual_seed(1)
falling = [1 / (1 + 0.3 * epoch) + 0.02 * torch.rand(()).item() for epoch in range(60)]
CASES = {
    "flat": (2e-4, [1.0] * 60),
    "slowly falling": (2e-4, [0.992**epoch for epoch in range(40)]),
    "noisy": (1e-3, falling),
    "better after a fall": (1e-3, [1.0] * 8 + [0.5] + [0.6] * 20),
    "just 1 % better": (1e-3, [1.0, 0.99, 0.98, 0.9801] + [0.98] * 12),
    "below zero": (1e-3, [-1.0, -1.005, -1.02] + [-1.01] * 12),
}
write_figures("plateau", {"torch": torch.__version__, "cases": [
    {"name": name, "lr": lr, "metrics": metrics, "rates": rates(lr, metrics)} for name, (lr, metrics) in CASES.items()
]})

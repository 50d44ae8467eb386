"""Times CycleGAN's training step and its convolutions in PyTorch, with the names that `npm run bench` uses.

Usage: python3 pytorch_step.py [--scale small|full] [--device cuda|cpu] [--samples N] [--filter TEXT] [--runs N] [--json FILE]

`full` is 9 blocks, ngf 64, 256 x 256, and `small` is 6 blocks, ngf 32, 64 x 64. Both have batch 1 and the identity loss.
Each is timed in float32 with TF32 off and on, and with autocast to bfloat16, with channels first (PyTorch's default) and
channels last. cuDNN searches for the fastest algorithm. The figures are medians after a warm-up. With --runs they are
medians over this many new processes, and all but the first process only time the faster order of axes. Exits with 77 if
PyTorch or the device is missing.
"""
import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import nullcontext
from pathlib import Path

SKIPPED = 77
LONG_ENOUGH = 0.05  # the least duration of a sample, in seconds

try:
    import torch
except ImportError:
    print("skipped: python3 has no torch here")
    sys.exit(SKIPPED)

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "test" / "reference"))
from cyclegan import Trainer, build_networks  # noqa: E402
from philox import Random  # noqa: E402

SCALES = {"small": {"nBlocks": 6, "ngf": 32, "size": 64}, "full": {"nBlocks": 9, "ngf": 64, "size": 256}}
OPTIONS = {"inputNc": 3, "outputNc": 3, "ndf": 64, "netD": "n_layers", "nLayersD": 3, "ganMode": "lsgan", "lambdaA": 10,
           "lambdaB": 10, "lambdaIdentity": 0.5, "poolSize": 50, "lr": 2e-4, "beta1": 0.5}
# Name, TF32, autocast.
PRECISIONS = [("float32", False, False), ("TF32", True, False), ("autocast bfloat16", True, True)]


def layers(ngf, size):
    """Rows of name (as in src/bench/network.ts), channels in and out, side of the input, kernel, stride, padding, transposed.

    In PyTorch, reflection padding is a separate layer. So the first and last convolution read a padded image, and the
    residual one pads with zeros."""
    half, quarter, eighth = size // 2, size // 4, size // 8
    return [
        (f"stem 7×7 3→{ngf} at {size}²", 3, ngf, size + 6, 7, 1, 0, False),
        (f"down 3×3/2 {ngf}→{2 * ngf} at {size}²", ngf, 2 * ngf, size, 3, 2, 1, False),
        (f"down 3×3/2 {2 * ngf}→{4 * ngf} at {half}²", 2 * ngf, 4 * ngf, half, 3, 2, 1, False),
        (f"conv 3×3 {4 * ngf}→{4 * ngf} at {quarter}²", 4 * ngf, 4 * ngf, quarter, 3, 1, 1, False),
        (f"convT 3×3/2 {4 * ngf}→{2 * ngf} at {quarter}²", 4 * ngf, 2 * ngf, quarter, 3, 2, 1, True),
        (f"convT 3×3/2 {2 * ngf}→{ngf} at {half}²", 2 * ngf, ngf, half, 3, 2, 1, True),
        (f"head 7×7 {ngf}→3 at {size}²", ngf, 3, size + 6, 7, 1, 0, False),
        (f"patch 4×4/2 3→64 at {size}²", 3, 64, size, 4, 2, 1, False),
        (f"patch 4×4/2 64→128 at {half}²", 64, 128, half, 4, 2, 1, False),
        (f"patch 4×4/2 128→256 at {quarter}²", 128, 256, quarter, 4, 2, 1, False),
        (f"patch 4×4 256→512 at {eighth}²", 256, 512, eighth, 4, 1, 1, False),
        (f"patch 4×4 512→1 at {eighth - 1}²", 512, 1, eighth - 1, 4, 1, 1, False),
    ]


class Timer:
    def __init__(self, device, samples):
        self.device, self.samples = device, samples

    def wait(self):
        if self.device == "cuda":
            torch.cuda.synchronize()

    def seconds(self, work, times):
        self.wait()
        start = time.perf_counter()
        for _ in range(times):
            work()
        self.wait()
        return time.perf_counter() - start

    def median(self, work):
        """Median seconds of one run. A sample has enough runs to last LONG_ENOUGH."""
        self.seconds(work, 3)  # cuDNN's search, autocast's casts, the rise of the clock
        times = 1
        while (took := self.seconds(work, times)) < LONG_ENOUGH:
            times = max(times + 1, int(times * min(10, 1.2 * LONG_ENOUGH / max(took, 1e-9))))
        return statistics.median(self.seconds(work, times) / times for _ in range(self.samples))


def set_precision(device, tf32, autocast):
    torch.backends.cuda.matmul.allow_tf32 = tf32
    torch.backends.cudnn.allow_tf32 = tf32
    return torch.autocast(device, dtype=torch.bfloat16) if autocast else nullcontext()


def time_step(timer, scale, context, memory_format):
    """Median seconds of a step, and its peak bytes on a CUDA device."""
    options = OPTIONS | {"nBlocks": scale["nBlocks"], "ngf": scale["ngf"]}
    device, size = timer.device, scale["size"]
    torch.manual_seed(0)
    networks = build_networks(options)
    for parameter in networks.parameters():
        torch.nn.init.normal_(parameter, 0, 0.02)
    networks.to(device, memory_format=memory_format)
    trainer = Trainer(options, networks, Random(0))
    real_A, real_B = (
        (torch.rand(1, 3, size, size) * 2 - 1).to(device, memory_format=memory_format) for _ in range(2)
    )

    def step():
        # Like Trainer.step, but without reading the losses, which would wait for the device in every step.
        with context:
            images = trainer.translate(real_A, real_B)
            trainer.step_generators(images)
            trainer.step_discriminators(images)

    if device == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
    seconds = timer.median(step)
    return seconds, torch.cuda.max_memory_allocated() if device == "cuda" else None


def time_layer(timer, layer, dtype, memory_format):
    """Name, median seconds and operations of the forward pass and of each gradient, timed separately."""
    _, channels, out_channels, size, kernel, stride, padding, transposed = layer
    shape = (channels, out_channels) if transposed else (out_channels, channels)
    place = {"device": timer.device, "dtype": dtype}
    x = torch.randn(1, channels, size, size, **place).to(memory_format=memory_format)
    weight = torch.randn(*shape, kernel, kernel, **place).to(memory_format=memory_format)
    extra = [stride - 1] * 2 if transposed else [0, 0]
    geometry = ([stride] * 2, [padding] * 2, [1, 1], transposed, extra, 1)

    def forward():
        return torch.ops.aten.convolution(x, weight, None, *geometry)

    dy = torch.randn_like(forward())

    def gradient(*wanted):
        return lambda: torch.ops.aten.convolution_backward(dy, x, weight, None, *geometry, [*wanted, False])

    passes = {"forward": forward, "input gradient": gradient(True, False), "weight gradient": gradient(False, True)}
    pixels = x[0, 0].numel() if transposed else dy[0, 0].numel()
    flops = 2 * pixels * channels * out_channels * kernel * kernel
    return [(name, timer.median(work), flops) for name, work in passes.items()]


ORDERS = [("channels first", torch.contiguous_format), ("channels last", torch.channels_last)]


def run(timer, scale, chosen, fastest):
    """Returns a row for each piece of work with `chosen` in its name, each precision and each order of axes. For work in
    `fastest`, the rows of an earlier run, only the order that was faster there is timed."""
    rows = []
    # A CPU has no TF32, and its bfloat16 is not a useful reference.
    precisions = PRECISIONS if timer.device == "cuda" else PRECISIONS[:1]
    print(f"{'work':<48} {'precision':<18} {'order':<15} {'ms':>9} {'GFLOP/s':>9} {'peak MiB':>9}", flush=True)

    def orders(name, precision):
        known = {row["order"]: row["milliseconds"] for row in fastest if (row["name"], row["precision"]) == (name, precision)}
        best = min(known, key=known.get, default=None)
        return [order for order in ORDERS if best in (None, order[0])]

    def add(name, precision, order, seconds, flops=None, peak=None):
        rows.append({"name": name, "precision": precision, "order": order, "milliseconds": seconds * 1e3,
                     "flops": flops, "peakBytes": peak})
        rate = "" if flops is None else f"{flops / seconds / 1e9:.0f}"
        memory = "" if peak is None else f"{peak / 2**20:.0f}"
        print(f"{name:<48} {precision:<18} {order:<15} {seconds * 1e3:9.3f} {rate:>9} {memory:>9}".rstrip(), flush=True)

    step = f"training step, {scale['nBlocks']} blocks, ngf {scale['ngf']}, at {scale['size']}²"
    for precision, tf32, autocast in precisions if chosen in step else []:
        context = set_precision(timer.device, tf32, autocast)
        for order, memory_format in orders(step, precision):
            seconds, peak = time_step(timer, scale, context, memory_format)
            add(step, precision, order, seconds, peak=peak)
    for layer in layers(scale["ngf"], scale["size"]):
        if chosen not in layer[0]:
            continue
        for precision, tf32, autocast in precisions:
            set_precision(timer.device, tf32, autocast)
            for order, memory_format in orders(f"{layer[0]} forward", precision):
                dtype = torch.bfloat16 if autocast else torch.float32
                for name, seconds, flops in time_layer(timer, layer, dtype, memory_format):
                    add(f"{layer[0]} {name}", precision, order, seconds, flops)
    return rows


def run_fresh(arguments):
    """Runs the benchmark in --runs new processes, and returns the first report with the medians of all."""
    reports = []
    with tempfile.TemporaryDirectory() as folder:
        for count in range(arguments.runs):
            file = Path(folder) / f"{count}.json"
            command = [sys.executable, __file__, "--scale", arguments.scale, "--device", arguments.device, "--samples",
                       str(arguments.samples), "--filter", arguments.filter, "--json", str(file)]
            subprocess.run(command + (["--fastest", str(Path(folder) / "0.json")] if count else []), check=True)
            reports.append(json.loads(file.read_text()))
    first, *others = reports
    for row in first["rows"]:
        same = [other for report in others for other in report["rows"]
                if all(other[key] == row[key] for key in ("name", "precision", "order"))]
        row["runs"] = [one["milliseconds"] for one in [row, *same]]
        row["milliseconds"] = statistics.median(row["runs"])
    return first


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scale", choices=SCALES, default="full")
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda")
    parser.add_argument("--samples", type=int, default=7)
    parser.add_argument("--filter", metavar="TEXT", default="", help="only work with this in its name")
    parser.add_argument("--runs", type=int, default=1, help="new processes; the results are their medians")
    parser.add_argument("--fastest", metavar="FILE", help="only time the order of axes that was faster in this report")
    parser.add_argument("--json", metavar="FILE")
    arguments = parser.parse_args()
    sys.stdout.reconfigure(encoding="utf-8")
    if arguments.device == "cuda" and not torch.cuda.is_available():
        print(f"skipped: torch {torch.__version__} sees no CUDA device here")
        sys.exit(SKIPPED)
    on_cuda = arguments.device == "cuda"
    torch.backends.cudnn.benchmark = True
    machine = {
        "device": torch.cuda.get_device_name() if on_cuda else f"CPU, {torch.get_num_threads()} threads",
        "torch": torch.__version__,
        "cuda": torch.version.cuda if on_cuda else None,
        "cudnn": torch.backends.cudnn.version() if on_cuda else None,
    }
    print(", ".join(f"{name} {value}" for name, value in machine.items() if value is not None))
    if arguments.runs > 1:
        report = run_fresh(arguments)
    else:
        fastest = json.loads(Path(arguments.fastest).read_text())["rows"] if arguments.fastest else []
        rows = run(Timer(arguments.device, arguments.samples), SCALES[arguments.scale], arguments.filter, fastest)
        report = {**machine, "scale": arguments.scale, "rows": rows}
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()

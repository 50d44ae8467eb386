"""PyTorch on the CPU, started by main.ts. Answers the requests on standard input, which protocol.ts defines."""
import json
import os
import pathlib
import struct
import sys
import time

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # or its threads spin, and take cores from the other engines

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "test" / "reference"))

import numpy
import torch
from torch.nn import functional as F

from cyclegan import Trainer, build_networks
from philox import Random

OPTIONS = {"inputNc": 3, "outputNc": 3, "netD": "basic", "nLayersD": 3, "ganMode": "lsgan", "lambdaA": 10, "lambdaB": 10,
           "lambdaIdentity": 0.5, "poolSize": 50, "lr": 2e-4, "beta1": 0.5}


def read_tensors(path):
    data = pathlib.Path(path).read_bytes()
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8:8 + length])
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        values = numpy.frombuffer(data, "<f4", (end - begin) // 4, 8 + length + begin)
        tensors[name] = torch.from_numpy(values.reshape(entry["shape"]).copy())
    return tensors


def write_tensors(path, tensors):
    header, values = {}, []
    position = 0
    for name, tensor in tensors.items():
        data = tensor.detach().float().contiguous().numpy().astype("<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [position, position + len(data)]}
        position += len(data)
        values.append(data)
    text = json.dumps(header).encode()
    pathlib.Path(path).write_bytes(struct.pack("<Q", len(text)) + text + b"".join(values))


class Conv:
    """One pass of a convolution. A gradient is timed without the forward pass."""

    def __init__(self, work, tensors):
        self.layer, self.which = work["layer"], work["pass"]
        self.x, self.weight, self.dy = tensors["x"], tensors["weight"], tensors["dy"]

    def forward(self):
        stride, padding = self.layer["stride"], self.layer["padding"]
        if self.layer.get("transposed"):
            return F.conv_transpose2d(self.x, self.weight, None, stride, padding, output_padding=stride - 1)
        if self.layer["reflect"]:
            return F.conv2d(F.pad(self.x, [padding] * 4, "reflect"), self.weight, None, stride)
        return F.conv2d(self.x, self.weight, None, stride, padding)

    def arm(self):
        if self.which == "forward":
            return self.forward
        leaf = (self.x if self.which == "input gradient" else self.weight).requires_grad_(True)
        y = self.forward()
        return lambda: torch.autograd.grad(y, leaf, self.dy)[0]


class Norm:
    def __init__(self, work, tensors):
        self.which, self.x, self.dy = work["pass"], tensors["x"], tensors["dy"]

    def forward(self):
        return F.relu(F.instance_norm(self.x))

    def arm(self):
        if self.which == "forward":
            return self.forward
        self.x.requires_grad_(True)
        return lambda: torch.autograd.grad(self.forward(), self.x, self.dy)[0]


class Step:
    def __init__(self, work, tensors):
        options = OPTIONS | {name: work[name] for name in ("ngf", "ndf", "nBlocks")}
        self.networks = build_networks(options).to(tensors["real_A"].dtype)
        self.networks.load_state_dict({name: tensors[name] for name in self.networks.state_dict()})
        self.trainer = Trainer(options, self.networks, Random(1))
        self.images = tensors["real_A"], tensors["real_B"]
        self.losses = {}

    def run(self):
        self.losses = self.trainer.step(*self.images)[1]

    def arm(self):
        return self.run

    def results(self):
        self.run()
        results = {f"loss {name}": torch.tensor([value]) for name, value in self.losses.items()}
        for name, parameter in self.networks.named_parameters():
            results[f"gradient {name}"] = parameter.grad
        return results


KINDS = {"conv": Conv, "norm": Norm, "step": Step}


def prepare(work, path, dtype):
    return KINDS[work["kind"]](work, {name: tensor.to(dtype) for name, tensor in read_tensors(path).items()})


def results(prepared):
    return prepared.results() if isinstance(prepared, Step) else {"result": prepared.arm()()}


def check(request, dtype):
    prepared = prepare(request["work"], request["inputs"], dtype)
    begun = time.perf_counter()
    found = results(prepared)
    milliseconds = 1000 * (time.perf_counter() - begun)
    write_tensors(request["outputs"], found)
    return prepared, {"firstMilliseconds": milliseconds}


def timed(prepared, repeats):
    runs = [prepared.arm() for _ in range(repeats)]
    begun = time.perf_counter()
    for run in runs:
        run()
    return {"milliseconds": 1000 * (time.perf_counter() - begun) / repeats}


def main():
    torch.set_num_threads(os.cpu_count() or 1)
    answer = lambda line: print(json.dumps(line), flush=True)
    answer({"hello": {"version": torch.__version__, "device": f"CPU, {torch.get_num_threads()} threads"}})
    prepared = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if request["do"] == "reference":
                answer(check(request, torch.float64)[1])
            elif request["do"] == "check":
                prepared, figures = check(request, torch.float32)
                answer(figures)
            else:
                answer(timed(prepared, request["repeats"]))
        except Exception as error:  # main.ts reports the error and continues
            answer({"error": str(error)})


main()

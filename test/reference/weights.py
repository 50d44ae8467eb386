"""A tiny generator's weights as PyTorch writes them, in every format there is, and what PyTorch translates with them.

Debian's PyTorch 1.13.1 made them: python3 test/reference/weights.py. All files begin with float32 weights, so what
differs between them is the container, or the rounding to another type, for which there are outputs of their own.
"""
from collections import OrderedDict

import torch

from fixture import FOLDER, write_tensors
from networks import generator, patch_discriminator

FILES = FOLDER / "weights"
OPTIONS = {"input_nc": 3, "output_nc": 3, "ngf": 2, "n_blocks": 1}
SIZES = {"wide": (1, 3, 16, 24), "square": (2, 3, 20, 20)}


def save(name, value, legacy=False):
    torch.save(value, FILES / f"{name}.pth", _use_new_zipfile_serialization=not legacy)


def with_statistics(network):
    """The state_dict that PyTorch 0.3 and 0.4 wrote: instance norms kept running statistics, which nothing used."""
    state = OrderedDict()
    for key, tensor in network.state_dict().items():
        state[key] = tensor
        if not key.endswith(".bias") or key == "model.18.bias":
            continue
        path, index = key.removesuffix(".bias").rsplit(".", 1)
        norm = f"{path}.{int(index) + 1}"
        state[f"{norm}.running_mean"] = torch.zeros_like(tensor)
        state[f"{norm}.running_var"] = torch.ones_like(tensor)
        state[f"{norm}.num_batches_tracked"] = torch.tensor(7)
    return state


def as_views(state):
    """The same values as views of one storage: every second element of it, axes in reverse order."""
    storage = torch.full((2 * sum(tensor.numel() for tensor in state.values()) + 5,), float("nan"))
    views, start = OrderedDict(), 5
    for key, tensor in state.items():
        shape, strides, stride = list(tensor.shape), [], 2
        for length in shape:
            strides.append(stride)
            stride *= length
        views[key] = storage.as_strided(shape, strides, start)
        views[key].copy_(tensor)
        start += 2 * tensor.numel()
    return views


def with_dropout(state):
    """The second convolution of a block moves from 5 to 6."""
    return OrderedDict((key.replace("conv_block.5.", "conv_block.6."), tensor) for key, tensor in state.items())


def cast(state, dtype):
    return OrderedDict((key, tensor.to(dtype)) for key, tensor in state.items())


def outputs(network, dtype, images):
    """What a generator with weights of this type gives, computed in float64."""
    copy = generator(**OPTIONS).double()
    copy.load_state_dict(cast(cast(network.state_dict(), dtype), torch.float64))
    return {f"{name}.{str(dtype).removeprefix('torch.')}": copy(image.double()) for name, image in images.items()}


def main():
    torch.manual_seed(5)
    FILES.mkdir(exist_ok=True)
    network = generator(**OPTIONS)
    with torch.no_grad():
        for parameter in network.parameters():
            # Larger than a fresh network's, so that an error in any layer shows in the image.
            parameter.mul_(2)
    state = network.state_dict()
    images = {name: torch.rand(size) * 2 - 1 for name, size in SIZES.items()}
    save("zip", state)
    save("legacy", with_statistics(network), legacy=True)
    save("half", cast(state, torch.float16))
    save("half-legacy", cast(state, torch.float16), legacy=True)
    save("bfloat16", cast(state, torch.bfloat16))
    save("double", cast(state, torch.float64))
    save("views", as_views(state))
    save("views-legacy", as_views(state), legacy=True)
    save("dropout", with_dropout(state))
    parallel = OrderedDict((f"module.{key}", tensor) for key, tensor in state.items())
    judge = patch_discriminator(3, 2, 2).state_dict()
    save("nested", {"epoch": 3, "note": "tiny", "models": {"G_A": parallel, "D_A": judge}, "rates": [0.5, None, True]})
    save("parameters", OrderedDict(network.named_parameters()))
    tensors = {f"image.{name}": image for name, image in images.items()}
    for dtype in (torch.float32, torch.float16, torch.bfloat16):
        tensors.update(outputs(network, dtype, images))
    write_tensors("weights", {**state, **tensors})


if __name__ == "__main__":
    main()

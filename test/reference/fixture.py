"""Fixtures: float32 tensors in a .safetensors file beside this script, figures in a .json file."""
import json
import pathlib
import struct

FOLDER = pathlib.Path(__file__).parent


def write_tensors(name, tensors):
    """Tensors by name, rounded to float32."""
    header, values = {}, b""
    for key, tensor in tensors.items():
        data = tensor.detach().float().contiguous().numpy().astype("<f4").tobytes()
        offsets = [len(values), len(values) + len(data)]
        header[key] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": offsets}
        values += data
    text = json.dumps(header, separators=(",", ":")).encode()
    (FOLDER / f"{name}.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + values)


def write_figures(name, figures):
    (FOLDER / f"{name}.json").write_text(json.dumps(figures, indent=1) + "\n")


def keep_others(name, cases, wanted):
    """All cases in order: those that were made now, and the ones in the file if only some are wanted."""
    if not wanted:
        return list(cases.values())
    old = {case["name"]: case for case in json.loads((FOLDER / f"{name}.json").read_text())["cases"]}
    return list((old | cases).values())


def nhwc(tensor):
    """[n, c, h, w] → [n, h, w, c], the layout of images in this product."""
    return tensor.permute(0, 2, 3, 1)


def l2_error(got, expected):
    """‖got − expected‖ / ‖expected‖"""
    return ((got.double() - expected.double()).norm() / expected.double().norm()).item()


def largest_difference(got, expected):
    return (got.double() - expected.double()).abs().max().item()

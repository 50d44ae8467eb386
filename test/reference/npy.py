"""Makes npy.json: files of numpy.save, the reference that test/data/npy.test.ts reads and writes.

Usage: python3 npy.py > npy.json   (NumPy 2.4.6)
"""
import base64
import io
import json

import numpy

CASES = [  # dtype, shape, order in memory
    ("|u1", (3, 5), "C"),
    ("|u1", (3, 5, 4), "F"),
    ("|b1", (2, 3), "C"),
    ("|i1", (2, 3, 2), "C"),
    ("<u2", (3, 5, 16), "C"),
    (">u2", (4, 2, 3), "F"),
    ("<i2", (3, 4), "F"),
    (">i4", (2, 3, 5), "C"),
    ("<u4", (2, 2), "C"),
    ("<f4", (3, 5, 2), "C"),
    (">f4", (3, 5), "C"),
    ("<f8", (3, 5, 7), "F"),
    (">f8", (2, 3, 3), "C"),
]


def values(dtype, shape):
    """Values all over the range of the type."""
    count = int(numpy.prod(shape))
    ramp = (numpy.arange(count) * 37 % count) / (count - 1)
    kind = numpy.dtype(dtype)
    if kind.kind == "b":
        return (ramp > 0.5).reshape(shape).astype(dtype)
    if kind.kind == "f":
        return ramp.reshape(shape).astype(dtype)
    limits = numpy.iinfo(kind)
    return numpy.rint(limits.min + ramp * (float(limits.max) - limits.min)).reshape(shape).astype(dtype)


def case(dtype, shape, order):
    array = numpy.asarray(values(dtype, shape), order=order)
    file = io.BytesIO()
    numpy.save(file, array)
    return {
        "dtype": dtype,
        "shape": shape,
        "order": order,
        "file": base64.b64encode(file.getvalue()).decode(),
        "values": [value.item() for value in array.reshape(-1)],
    }


print(json.dumps({"numpy": numpy.__version__, "cases": [case(*one) for one in CASES]}, indent=1))

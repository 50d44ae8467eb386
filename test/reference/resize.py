"""Makes resize.json: images resized by Pillow's BICUBIC, the reference that test/data/resize.test.ts compares with.

Usage: python3 resize.py > resize.json   (Debian: python3-pil; Pillow 9.4.0 and 12.3.0 make the same)
"""
import base64
import json

import PIL
from PIL import Image

CASES = [  # width, height, new width, new height, channels
    (16, 12, 7, 5, 3),  # shrink
    (7, 9, 20, 23, 3),  # grow
    (33, 10, 8, 31, 1),  # shrink one way, grow the other
    (64, 3, 2, 3, 3),  # a kernel wider than the image; one pass only
    (1, 1, 4, 3, 3),  # one pixel
    (28, 28, 27, 29, 3),  # nearly the same size
    (21, 16, 9, 30, 4),  # colours count by their opacity
]


def noise(count, seed):
    """Bytes of a linear congruential generator, a third of them black or white, so that overshoot is clipped."""
    state, values = seed, []
    for _ in range(count):
        state = (state * 1103515245 + 12345) % 2**31
        value = state >> 16
        values.append(0 if value % 6 == 0 else 255 if value % 6 == 1 else value % 256)
    return bytes(values)


def case(index, width, height, new_width, new_height, channels):
    pixels = noise(width * height * channels, index + 1)
    image = Image.frombytes({1: "L", 3: "RGB", 4: "RGBA"}[channels], (width, height), pixels)
    resized = image.resize((new_width, new_height), Image.BICUBIC).tobytes()
    return {
        "from": [width, height],
        "to": [new_width, new_height],
        "channels": channels,
        "input": base64.b64encode(pixels).decode(),
        "output": base64.b64encode(resized).decode(),
    }


cases = [case(index, *sizes) for index, sizes in enumerate(CASES)]
print(json.dumps({"pillow": PIL.__version__, "cases": cases}, indent=1))

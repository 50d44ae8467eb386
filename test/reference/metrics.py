"""Makes metrics.json, which test/metrics/ compares with: SSIM and PSNR by scikit-image, and the sliced Wasserstein distance
by a plain transcription of its definition (arXiv 1710.10196, section 5) into numpy and scipy, which shares no code with ours
but the random numbers.

Usage: python3 metrics.py   (Debian: python3-skimage; the fixture was made with the versions that it states)
"""
import base64
import json
import math
import pathlib

import numpy as np
import scipy
import skimage
from scipy.ndimage import convolve
from scipy.stats import wasserstein_distance
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from philox import Random, philox

PAIRS = [  # width, height, channels, difference
    (32, 32, 3, "noise"),
    (24, 17, 3, "shift"),
    (40, 11, 1, "noise"),
    (16, 20, 1, "inverted"),
    (11, 11, 3, "unrelated"),
]


def picture(width, height, channels, seed):
    """Waves with edges: neighbours are alike, as in photographs."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    planes = []
    for _ in range(channels):
        fx, fy, phase, level = random.uniform(-0.5, 0.5), random.uniform(-0.5, 0.5), random.uniform(0, 6), random.uniform(60, 190)
        plane = level + 60 * np.sin(fx * x + fy * y + phase)
        plane += 50 * ((x - random.uniform(0, width)) ** 2 + (y - random.uniform(0, height)) ** 2 < (width / 4) ** 2)
        planes.append(plane)
    noisy = np.stack(planes, axis=-1) + random.normal(0, 4, (height, width, channels))
    return np.clip(np.rint(noisy), 0, 255).astype(np.uint8)


def changed(image, how, seed):
    if how == "noise":
        noisy = image + np.random.default_rng(seed).normal(0, 12, image.shape)
        return np.clip(np.rint(noisy), 0, 255).astype(np.uint8)
    if how == "shift":
        return np.roll(image, (1, 2), (0, 1))
    if how == "inverted":
        return 255 - image
    return picture(image.shape[1], image.shape[0], image.shape[2], seed)


def encoded(image):
    return base64.b64encode(image.tobytes()).decode()


def pair(index, width, height, channels, how):
    a = picture(width, height, channels, index)
    b = changed(a, how, index + 100)
    settings = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 255}
    return {
        "size": [width, height, channels],
        "how": how,
        "a": encoded(a),
        "b": encoded(b),
        "ssim": structural_similarity(a, b, channel_axis=2, **settings),
        "psnr": peak_signal_noise_ratio(a, b, data_range=255),
    }


BINOMIAL = np.outer([1, 4, 6, 4, 1], [1, 4, 6, 4, 1])[:, :, None] / 256


def halve(image):
    return convolve(image, BINOMIAL, mode="mirror")[::2, ::2]


def double(image, shape):
    spread = np.zeros(shape)
    spread[::2, ::2] = image
    return convolve(spread, 4 * BINOMIAL, mode="mirror")


def pyramid(image, levels):
    rest, result = image / 127.5 - 1, []
    for _ in range(levels - 1):
        smaller = halve(rest)
        result.append(rest - double(smaller, rest.shape))
        rest = smaller
    return result + [rest]


def patches(images, level, levels, per_image):
    """Shape: [patch, 7, 7, channel]."""
    result = []
    for index, image in enumerate(images):
        plane = pyramid(image, levels)[level]
        random = Random(0).stream("patches").stream(f"level {level} image {index}")
        for _ in range(per_image):
            left = random.integer(plane.shape[1] - 6)
            top = random.integer(plane.shape[0] - 6)
            result.append(plane[top : top + 7, left : left + 7])
    return np.array(result)


def normals(random, count):
    """Box-Muller, four for each counter value."""
    values = []
    while len(values) < count:
        words = philox((random.counter & 0xFFFFFFFF, random.counter >> 32, 0, 0), random.key)
        random.counter += 1
        for u, v in (words[:2], words[2:]):
            radius, angle = math.sqrt(-2 * math.log(1 - u / 2**32)), 2 * math.pi * v / 2**32
            values += [radius * math.cos(angle), radius * math.sin(angle)]
    return np.array(values[:count])


def swd(a, b, normalise, per_image, projections):
    side = min(min(image.shape[:2]) for image in a + b)
    levels = 1 + int(math.log2(side / 16))
    distances = []
    for level in range(levels):
        p, q = (patches(images, level, levels, per_image) for images in (a, b))
        over = (0, 1, 2)
        if normalise == "own":
            p = (p - p.mean(over)) / p.std(over)
            q = (q - q.mean(over)) / q.std(over)
        else:
            shared = np.sqrt((p.var(over) + q.var(over)) / 2)
            p, q = p / shared, q / shared
        random = Random(0).stream("directions").stream(f"level {level}")
        total = 0.0
        for _ in range(projections):
            direction = normals(random, p[0].size)
            direction /= np.linalg.norm(direction)
            total += wasserstein_distance(p.reshape(len(p), -1) @ direction, q.reshape(len(q), -1) @ direction)
        distances.append(1000 * total / projections)
    return distances


def sets(name, sizes_a, sizes_b, channels):
    a = [picture(width, height, channels, 1000 + index) for index, (width, height) in enumerate(sizes_a)]
    b = [picture(width, height, channels, 2000 + index) for index, (width, height) in enumerate(sizes_b)]
    image = lambda pixels: {"width": pixels.shape[1], "height": pixels.shape[0], "channels": channels, "data": encoded(pixels)}
    return {
        "name": name,
        "a": [image(pixels) for pixels in a],
        "b": [image(pixels) for pixels in b],
        "patchesPerImage": 5,
        "projections": 8,
        "shared": swd(a, b, "shared", 5, 8),
        "own": swd(a, b, "own", 5, 8),
    }


SETS = [
    sets("equal counts at 32x32", [(32, 32)] * 3, [(32, 32)] * 3, 3),
    sets("unequal counts, odd sides", [(35, 33)] * 2, [(33, 38)] * 3, 3),
    sets("three levels, gray", [(64, 65)] * 2, [(64, 65)] * 1, 1),
    sets("one level", [(19, 16)] * 2, [(16, 16)] * 5, 3),
]

fixture = {
    "versions": {"scikit-image": skimage.__version__, "numpy": np.__version__, "scipy": scipy.__version__},
    "pairs": [pair(index, *sizes) for index, sizes in enumerate(PAIRS)],
    "sets": SETS,
}
(pathlib.Path(__file__).parent / "metrics.json").write_text(json.dumps(fixture, indent=1) + "\n")

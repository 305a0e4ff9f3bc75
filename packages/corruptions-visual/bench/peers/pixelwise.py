"""The formulas of the pixelwise corruptions as the reference tools compute them: float64 arrays, HSV by scikit-image
where it is installed. Reads one frame, prints the median milliseconds of each as JSON.

usage: pixelwise.py FRAME WIDTH HEIGHT
"""
import json
import sys
import time

import numpy as np

try:
    from skimage.color import hsv2rgb, rgb2hsv

    HSV = "scikit-image"
except ImportError:
    HSV = "numpy"

    def rgb2hsv(rgb):
        value = rgb.max(-1)
        chroma = value - rgb.min(-1)
        with np.errstate(invalid="ignore", divide="ignore"):
            saturation = np.where(value > 0, chroma / value, 0)
            r, g, b = np.moveaxis(rgb, -1, 0)
            hue = np.where(b == value, 4 + (r - g) / chroma, 0)
            hue = np.where(g == value, 2 + (b - r) / chroma, hue)
            hue = np.where(r == value, (g - b) / chroma, hue) / 6 % 1
        return np.stack([np.where(chroma > 0, hue, 0), saturation, value], -1)

    def hsv2rgb(hsv):
        hue, saturation, value = np.moveaxis(hsv, -1, 0)
        sextant = np.floor(hue * 6)
        fraction = hue * 6 - sextant
        p = value * (1 - saturation)
        q = value * (1 - fraction * saturation)
        t = value * (1 - (1 - fraction) * saturation)
        which = np.stack([sextant.astype(np.uint8) % 6] * 3, -1)
        ways = [(value, t, p), (q, value, p), (p, value, t), (p, q, value), (t, p, value), (value, p, q)]
        return np.choose(which, [np.stack(way, -1) for way in ways])


def brightness(frame):
    hsv = rgb2hsv(frame / 255.0)
    hsv[..., 2] = np.clip(hsv[..., 2] + 0.3, 0, 1)
    return np.clip(hsv2rgb(hsv), 0, 1) * 255


def saturate(frame):
    hsv = rgb2hsv(frame / 255.0)
    hsv[..., 1] = np.clip(hsv[..., 1] * 2, 0, 1)
    return np.clip(hsv2rgb(hsv), 0, 1) * 255


def contrast(frame):
    image = frame / 255.0
    mean = image.mean(axis=(0, 1), keepdims=True)
    return np.clip((image - mean) * 0.3 + mean, 0, 1) * 255


def shot_noise(frame):
    return np.clip(np.random.poisson(frame / 255.0 * 12) / 12.0, 0, 1) * 255


def plasma(side, decay):
    heights = np.empty((side, side))
    heights[0, 0] = 0
    step, wibble = side, 100.0

    def displaced(total):
        return total / 4 + wibble * np.random.uniform(-wibble, wibble, total.shape)

    while step >= 2:
        half = step // 2
        corners = heights[0:side:step, 0:side:step]
        total = corners + np.roll(corners, -1, axis=0)
        total += np.roll(total, -1, axis=1)
        heights[half:side:step, half:side:step] = displaced(total)
        centers = heights[half:side:step, half:side:step]
        corners = heights[0:side:step, 0:side:step]
        across = centers + np.roll(centers, 1, axis=0) + corners + np.roll(corners, -1, axis=1)
        heights[0:side:step, half:side:step] = displaced(across)
        down = centers + np.roll(centers, 1, axis=1) + corners + np.roll(corners, -1, axis=0)
        heights[half:side:step, 0:side:step] = displaced(down)
        step //= 2
        wibble /= decay
    heights -= heights.min()
    return heights / heights.max()


def fog_with(frame, heights):
    image = frame / 255.0
    largest = image.max()
    image = image + 2.5 * heights[: frame.shape[0], : frame.shape[1], np.newaxis]
    return np.clip(image * largest / (largest + 2.5), 0, 1) * 255


def median(run, seconds=1.5):
    run()
    times = []
    end = time.perf_counter() + seconds
    while len(times) < 5 or time.perf_counter() < end:
        start = time.perf_counter()
        run().astype(np.uint8)
        times.append(1000 * (time.perf_counter() - start))
    return float(np.median(times))


def main():
    path, width, height = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    frame = np.fromfile(path, np.uint8).reshape(height, width, 3)
    side = 1
    while side < max(width, height):
        side *= 2
    shared = plasma(side, 1.7)
    results = {
        "brightness": median(lambda: brightness(frame)),
        "contrast": median(lambda: contrast(frame)),
        "fog": median(lambda: fog_with(frame, plasma(side, 1.7))),
        "fog, shared map": median(lambda: fog_with(frame, shared)),
        "saturate": median(lambda: saturate(frame)),
        "shot-noise": median(lambda: shot_noise(frame)),
    }
    print(json.dumps({"numpy": np.__version__, "hsv": HSV, "milliseconds": results}))


main()

"""The formulas of rain and of both motion blurs as the reference tools compute them, streaks and box blur by OpenCV
where it is installed. Reads one frame, prints the median milliseconds of each as JSON.

usage: neighbourhood.py FRAME WIDTH HEIGHT
"""
import json
import math
import sys
import time

import numpy as np

try:
    import cv2

    cv2.setNumThreads(1)
    DRAWING = "OpenCV"

    def draw(mask, x, y, length):
        cv2.line(mask, (int(x), int(y)), (int(x) - 1, int(y) + length), 220, 1)

    def box_blur(image):
        return cv2.blur(image, (3, 3))

except ImportError:
    DRAWING = "numpy"

    def draw(mask, x, y, length):
        half = y + (length + 1) // 2
        mask[y:half, x] = 220
        mask[half : y + length + 1, x - 1] = 220

    def box_blur(image):
        height, width = image.shape[:2]
        padded = np.pad(image, ((1, 1), (1, 1), (0, 0)), mode="reflect").astype(np.uint16)
        # Rows of values: numpy is slow where the last axis is as short as a pixel.
        padded = padded.reshape(height + 2, -1)
        rows = padded[:-2] + padded[1:-1] + padded[2:]
        total = rows[:, :-6] + rows[:, 3:-3] + rows[:, 6:]
        return (total * np.float32(1 / 9) + np.float32(0.5)).astype(np.uint8).reshape(image.shape)


def rain(frame, length=60, pixels_per_drop=770, contrast=0.7):
    height, width = frame.shape[:2]
    mask = np.zeros((height, width), np.uint8)
    for _ in range(height * width // pixels_per_drop):
        draw(mask, np.random.randint(1, width), np.random.randint(0, height - length), length)
    streaks = np.dstack([mask] * 3)
    darkness = np.float32(1 - frame.mean() / 255)
    lit = frame + (streaks * ((255 - frame) * np.float32(1 / 255)) * darkness).astype(np.uint8)
    share = streaks * np.float32(1 / 255)
    mixed = box_blur(lit) * share + frame * (1 - share)
    mean = np.tile(mixed.mean(axis=(0, 1)), width)
    values = mixed.reshape(height, -1)
    return np.clip((values - mean) * np.float32(contrast) + mean, 0, 255)


def moved(image, dx, dy):
    """The image moved by whole pixels, its edges repeated."""
    result = np.roll(image, (dy, dx), axis=(0, 1))
    if dy > 0:
        result[:dy] = result[dy]
    elif dy < 0:
        result[dy:] = result[dy - 1]
    if dx > 0:
        result[:, :dx] = result[:, dx : dx + 1]
    elif dx < 0:
        result[:, dx:] = result[:, dx - 1 : dx]
    return result


def motion_blur(frame, radius=15, sigma=8.0, degrees=20.0):
    taps = 2 * radius + 1
    weights = np.exp(-np.arange(taps) ** 2 / (2 * sigma * sigma))
    weights /= weights.sum()
    angle = math.radians(degrees)
    blurred = np.zeros(frame.shape, np.float32)
    for i, weight in enumerate(weights):
        dx, dy = -math.ceil(i * math.cos(angle) - 0.5), -math.ceil(i * math.sin(angle) - 0.5)
        blurred += np.float32(weight) * moved(frame, dx, dy)
    return np.clip(blurred, 0, 255)


def temporal_blur(clip):
    return np.mean(clip, axis=0)


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
    clip = np.stack([frame] * 14)
    results = {
        "rain": median(lambda: rain(frame)),
        "motion-blur": median(lambda: motion_blur(frame)),
        "motion-blur, temporal": median(lambda: temporal_blur(clip)),
    }
    print(json.dumps({"numpy": np.__version__, "drawing": DRAWING, "milliseconds": results}))


main()

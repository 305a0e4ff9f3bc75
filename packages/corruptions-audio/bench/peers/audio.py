"""The reference formula of an audio corruption in numpy and scipy, timed: ms for a second of sound."""

import sys
import time

import numpy as np
import scipy.signal

RATE = 44100


def mixed(x, noise, snr_db=10.0):
    level = np.sqrt(np.mean(np.square(x, dtype=np.float64)))
    gain = level / (np.sqrt(np.mean(np.square(noise, dtype=np.float64))) * 10 ** (snr_db / 20))
    y = x + gain * noise
    peak = np.max(np.abs(y))
    return (y / peak if peak > 1 else y).astype(np.float32)


def white(x, rng):
    return mixed(x, rng.standard_normal(x.size, dtype=np.float32))


def pink(x, rng):
    spectrum = scipy.fft.rfft(rng.standard_normal(x.size, dtype=np.float32))
    frequency = scipy.fft.rfftfreq(x.size, 1 / RATE)
    shape = np.zeros(frequency.size, dtype=np.float32)
    audible = frequency >= 20
    shape[audible] = frequency[audible] ** -0.5
    return mixed(x, scipy.fft.irfft(spectrum * shape, x.size))


def hf_channel(x, rng):
    taps = scipy.signal.firwin2(1025, [0, 100, 300, 2900, 3200, RATE / 2], [0.14, 0.14, 1, 1, 0.1, 0.05], fs=RATE)
    noise = rng.standard_normal(x.size + 1024, dtype=np.float32)
    return mixed(x, scipy.signal.oaconvolve(noise, taps.astype(np.float32), mode="valid"))


def reverb(x, rng):
    """A response of one second."""
    response = np.zeros(RATE + 220, dtype=np.float32)
    tail = rng.standard_normal(RATE) * 10 ** (-3 * np.arange(RATE) / RATE)
    response[220:] = tail / np.sqrt(np.sum(tail**2))
    response[0] = 1
    convolved = min(
        (timed(lambda method=method: method(x, response)[: x.size]), method)
        for method in (scipy.signal.oaconvolve, scipy.signal.fftconvolve)
    )[1]
    return lambda: rescaled(x, convolved(x, response)[: x.size])


def rescaled(x, y):
    gain = np.sqrt(np.mean(np.square(x, dtype=np.float64)) / np.mean(np.square(y, dtype=np.float64)))
    return (gain * y).astype(np.float32)


def pitch_shift(x, semitones=6):
    """A plain phase vocoder (2048, hop 512) and a polyphase resampler."""
    size, hop, ratio = 2048, 512, 2 ** (semitones / 12)
    window = scipy.signal.get_window("hann", size)
    frames = 1 + (x.size - size) // hop
    spectra = scipy.fft.rfft(
        np.lib.stride_tricks.sliding_window_view(x, size)[::hop][:frames] * window, axis=1
    )
    steps = np.arange(0, frames - 1, 1 / ratio)
    expected = 2 * np.pi * hop * np.arange(size // 2 + 1) / size
    magnitude, angle = np.abs(spectra), np.angle(spectra)
    phase = angle[0].copy()
    stretched = np.zeros(size + hop * steps.size)
    for m, step in enumerate(steps):
        k = int(step)
        share = step - k
        level = (1 - share) * magnitude[k] + share * magnitude[k + 1]
        stretched[m * hop : m * hop + size] += window * scipy.fft.irfft(level * np.exp(1j * phase), size)
        turn = angle[k + 1] - angle[k] - expected
        phase += expected + turn - 2 * np.pi * np.round(turn / (2 * np.pi))
    return scipy.signal.resample_poly(stretched / 1.5, 1000, round(1000 * ratio)).astype(np.float32)


def timed(run, runs=5):
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return sorted(times)[runs // 2]


def main():
    seconds = int(sys.argv[1])
    rng = np.random.default_rng(1)
    x = (0.3 * np.sin(0.03 * np.arange(seconds * RATE))).astype(np.float32)
    cases = {
        "white": lambda: white(x, rng),
        "pink": lambda: pink(x, rng),
        "hf-channel": lambda: hf_channel(x, rng),
        "reverb": lambda: reverb(x, rng),
        "pitch-shift": lambda: pitch_shift(x),
    }
    run = cases[sys.argv[2]]
    if sys.argv[2] == "reverb":
        run = run()
    print(1000 * timed(run) / seconds)


main()

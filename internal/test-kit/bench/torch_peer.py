"""What the PyTorch peers of the benches have in common. Written for the benches of this repository.

A peer is started as `python3 script.py FOLDER`. FOLDER holds task.json ({threads, dropout, learningRate, arrays, ...}) and
a file of raw float32 for each entry of arrays ({name: shape}). For each line of its input, a command, it prints one
line of JSON.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
import torch

folder = Path(sys.argv[1])
task = json.loads((folder / "task.json").read_text())
torch.set_num_threads(task["threads"])
torch.manual_seed(1)


def read(name):
    array = np.fromfile(folder / f"{name}.f32", dtype="<f4").reshape(task["arrays"][name])
    return torch.from_numpy(array)


arrays = {name: read(name) for name in task["arrays"]}


def timed(call):
    start = time.perf_counter()
    call()
    return (time.perf_counter() - start) * 1000


def serve(trainer, score):
    """
    trainer(rate) starts a training from the given weights with that rate of dropout, and gives a function that takes a
    step and returns its loss; score() gives the scores of the video.
    """
    dropping = None
    print(json.dumps(torch.__version__), flush=True)
    for line in sys.stdin:
        command, *rest = json.loads(line)
        if command == "losses":
            plain = trainer(0.0)
            result = [plain() for _ in range(rest[0])]
            del plain
        elif command == "step":
            dropping = dropping or trainer(task["dropout"])
            result = timed(dropping)
        elif command == "scores":
            with torch.no_grad():
                result = score().tolist()
        elif command == "score":
            with torch.no_grad():
                result = timed(score)
        print(json.dumps(result), flush=True)

"""
Times average precision in scikit-learn: reads a folder's labels.u8 and scores.f64, prints its version, then for each
line of its input the milliseconds of one run and the result.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
import sklearn
from sklearn.metrics import average_precision_score

folder = Path(sys.argv[1])
labels = np.fromfile(folder / "labels.u8", dtype=np.uint8)
scores = np.fromfile(folder / "scores.f64", dtype=np.float64)
print(json.dumps(sklearn.__version__), flush=True)
for _ in sys.stdin:
    start = time.perf_counter()
    value = average_precision_score(labels, scores)
    print(json.dumps({"milliseconds": 1000 * (time.perf_counter() - start), "value": value}), flush=True)

"""Fits and scores a mixture in scikit-learn: one command a line on stdin, one JSON object a line on stdout.

mixture_peer.py FOLDER, which holds task.json, rows.f64 and means.f64.
"""

import json
import resource
import sys
import time
import warnings

import numpy as np
import sklearn
from sklearn.mixture import GaussianMixture

warnings.filterwarnings("ignore")
folder = sys.argv[1]
with open(f"{folder}/task.json") as file:
    task = json.load(file)
K, d, kind = task["components"], task["dim"], task["covarianceType"]
rows = np.fromfile(f"{folder}/rows.f64").reshape(-1, d)
means = np.fromfile(f"{folder}/means.f64").reshape(K, d)
precisions = {"full": lambda: np.stack([np.eye(d)] * K), "diag": lambda: np.ones((K, d))}[kind]()


def fit():
    model = GaussianMixture(
        K,
        covariance_type=kind,
        reg_covar=task["regCovar"],
        tol=0,
        max_iter=task["steps"],
        weights_init=np.full(K, 1 / K),
        means_init=means,
        precisions_init=precisions,
        init_params="random",
    )
    return model.fit(rows)


def report(value):
    print(json.dumps(value), flush=True)


report({"version": sklearn.__version__})
model = None
for line in sys.stdin:
    start = time.perf_counter()
    if line.strip() == "fit":
        model = fit()
        result = {"mean": float(model.lower_bound_)}
    else:
        result = {"mean": float(model.score_samples(rows).mean())}
    result["milliseconds"] = 1000 * (time.perf_counter() - start)
    result["megabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    report(result)

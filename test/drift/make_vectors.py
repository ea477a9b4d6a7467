"""Writes vectors.json: what SciPy and NumPy answer for the cases that scipy-vectors.test.ts repeats.

    python -m venv scipy-env && scipy-env/bin/pip install scipy==1.17.1     (outside the repository)
    scipy-env/bin/python test/drift/make_vectors.py

The samples are written beside the answers, so that the tests need neither Python nor the same random numbers.
"""

import itertools
import json
import math
import pathlib

import numpy as np
import scipy
from scipy import special, stats
from scipy.spatial.distance import jensenshannon

rng = np.random.default_rng(20241123)


def lognormal(n, mean, sigma, digits):
    return np.round(np.exp(rng.normal(math.log(mean), sigma, n)), digits).tolist()


def tokens(n, mean, sigma=0.5):
    return lognormal(n, mean, sigma, 0)


def latencies(n, mean, sigma=0.4):
    return lognormal(n, mean, sigma, 6)


samples = {
    "latency 6 against 7": (latencies(6, 900), latencies(7, 1400)),
    "latency 8 against 8, apart": (latencies(8, 100, 0.1), latencies(8, 900, 0.1)),
    "latency 12 against 9": (latencies(12, 900), latencies(9, 950)),
    "latency 20 against 25": (latencies(20, 900), latencies(25, 1300)),
    "latency 25 against 25": (latencies(25, 900), latencies(25, 900)),
    "tokens 5 against 6, ties": ([10, 10, 12, 15, 15], [12, 15, 15, 18, 20, 20]),
    "tokens 7 against 4, ties": ([1, 1, 1, 2, 2, 3, 9], [2, 3, 3, 9]),
    "tokens 50 against 50": (tokens(50, 200), tokens(50, 300)),
    "tokens 60 against 45, heavy ties": (tokens(60, 6), tokens(45, 7)),
    "tokens 200 against 150": (tokens(200, 200), tokens(150, 215)),
    "tokens 300 against 300, capped": (np.minimum(tokens(300, 200), 256).tolist(), np.minimum(tokens(300, 230), 256).tolist()),
    "latency 400 against 500": (latencies(400, 900), latencies(500, 960)),
    "latency 500 against 500, far apart": (latencies(500, 900), latencies(500, 1800)),
    "latency 3 against 3": (latencies(3, 900), latencies(3, 2500)),
    "latency 26 against 31, just too many to list": (latencies(26, 900), latencies(31, 1100)),
    "latency 10 against 600": (latencies(10, 900), latencies(600, 1000)),
    "latency around 1e9": ((1e9 + rng.normal(0, 3, 40)).round(6).tolist(), (1e9 + rng.normal(1, 3, 50)).round(6).tolist()),
    "tokens 40 against 35, five values": (rng.integers(1, 6, 40).tolist(), rng.integers(1, 6, 35).tolist()),
    "tokens 1000 against 1000": (tokens(1000, 200), tokens(1000, 206)),
}


def exact_rank_sum_p(x, y):
    """The conditional test with ties, by listing every split: what the shift algorithm must reproduce."""
    ranks = stats.rankdata(np.concatenate([x, y]))
    mean = len(y) * (len(x) + len(y) + 1) / 2
    observed = abs(ranks[len(x):].sum() - mean)
    sums = [abs(sum(chosen) - mean) for chosen in itertools.combinations(ranks, len(y))]
    return sum(each >= observed - 1e-9 for each in sums) / len(sums)


def has_ties(x, y):
    both = np.concatenate([x, y])
    return len(np.unique(both)) < len(both)


def numeric(x, y):
    n, m = len(x), len(y)
    small = max(n, m) <= 25
    if small and has_ties(x, y):
        method, p = "exact", exact_rank_sum_p(x, y)
    else:
        method = "exact" if small else "normal"
        p = stats.mannwhitneyu(y, x, alternative="two-sided", method="exact" if small else "asymptotic").pvalue
    ks = stats.ks_2samp(x, y, method="exact")
    differences = np.subtract.outer(y, x).ravel()
    ordered = np.sort(differences)
    rank = max(1, math.floor(n * m / 2 - stats.norm.isf(0.025) * math.sqrt(n * m * (n + m + 1) / 12)))
    u = stats.mannwhitneyu(y, x).statistic
    edges = np.unique(np.quantile(x, np.arange(1, 5) / 5))
    bins = lambda v: np.bincount(np.searchsorted(edges, v, side="left"), minlength=len(edges) + 1)
    r, c = bins(x), bins(y)
    rs, cs = np.maximum(r / n, 1e-4), np.maximum(c / m, 1e-4)
    return {
        "mannWhitney": {"method": method, "u": u, "p": p, "cliffsDelta": 2 * u / (n * m) - 1},
        "ksExact": {"d": ks.statistic, "p": ks.pvalue},
        "ksAsymptoticP": special.kolmogorov(math.sqrt(n * m / (n + m)) * ks.statistic),
        "shift": {"shift": np.median(differences), "low": ordered[rank - 1], "high": ordered[n * m - rank]},
        "wasserstein": stats.wasserstein_distance(x, y) / np.std(x),
        "quantiles": {str(q): np.quantile(x, q) for q in (0.05, 0.5, 0.95)},
        "psi": float(((cs - rs) * np.log(cs / rs)).sum()),
        "jensenShannon": jensenshannon(r, c, base=2),
    }


tables = {
    "refusals 2 against 20 of 100": ([98, 2], [80, 20]),
    "refusals 0 against 5 of 30": ([30, 0], [25, 5]),
    "errors 1 of 12 against 3 of 9": ([11, 1], [6, 3]),
    "errors 40 of 5000 against 61 of 4800": ([4960, 40], [4739, 61]),
    "errors 2000 against 2101 of 100000": ([98000, 2000], [97899, 2101]),
    "refusals far apart": ([990, 10], [300, 700]),
    "finish reasons": ([470, 25, 15], [450, 40, 30]),
    "finish reasons, many": ([94000, 5000, 1000], [93800, 5100, 1100]),
    "four levels, far apart": ([50, 50, 50, 50], [120, 20, 30, 30]),
    "refusals 1 of 8 against 7 of 8": ([7, 1], [1, 7]),
    "half and half": ([50, 50], [49, 51]),
    "seven levels": ([300, 120, 80, 60, 40, 20, 10], [270, 150, 75, 70, 30, 25, 16]),
}


def table(a, b):
    counts = np.array([a, b])
    statistic, p, dof, _ = stats.chi2_contingency(counts, correction=False)
    wilson = [stats.binomtest(int(w[1]), int(w.sum())).proportion_ci(0.95, "wilson") for w in counts]
    shares = counts[:, 1] / counts.sum(axis=1)
    difference = shares[1] - shares[0]
    return {
        "p": stats.fisher_exact(counts.T).pvalue if len(a) == 2 else p,
        "chiSquared": statistic,
        "degreesOfFreedom": dof,
        "cramersV": stats.contingency.association(counts, method="cramer"),
        "riskDifference": {
            "difference": difference,
            "low": difference - math.hypot(shares[1] - wilson[1].low, wilson[0].high - shares[0]),
            "high": difference + math.hypot(wilson[1].high - shares[1], shares[0] - wilson[0].low),
        },
    }


vectors = {
    "made with": f"SciPy {scipy.__version__}, NumPy {np.__version__}",
    "numeric": [{"name": name, "baseline": x, "current": y, **numeric(x, y)} for name, (x, y) in samples.items()],
    "tables": [{"name": name, "baseline": a, "current": b, **table(a, b)} for name, (a, b) in tables.items()],
    "kolmogorov": [[x, special.kolmogorov(x)] for x in (0.1, 0.3, 0.6, 0.9, 1.17, 1.18, 1.19, 1.5, 2, 3, 5, 12)],
    "gammaQ": [
        [a, x, special.gammaincc(a, x)]
        for a in (0.5, 1, 1.5, 4, 9.5, 60)
        for x in (1e-6, 0.2, 1, 3.9, 9.6, 30, 61, 200)
    ],
    "lnGamma": [[x, special.gammaln(x)] for x in (0.5, 0.75, 1.5, 3, 10.25, 171, 5000, 200001)],
    "normalTwoSidedQuantile": [[p, stats.norm.isf(p / 2)] for p in (1, 0.4, 0.05, 0.00625, 1e-4, 1e-9)],
    "chiSquaredQuantile": [[p, k, stats.chi2.isf(p, k)] for p in (0.05, 0.00625) for k in (1, 2, 4, 9, 19)],
    "noncentralChiSquaredTail": [
        [x, k, lam, stats.ncx2.sf(x, k, lam)] for x, k, lam in ((3.84, 1, 7.85), (10.15, 2, 14), (25, 9, 30), (8, 4, 0.5))
    ],
}

path = pathlib.Path(__file__).with_name("vectors.json")
path.write_text(json.dumps(vectors, default=float) + "\n")
print(path.name, path.stat().st_size, "bytes")

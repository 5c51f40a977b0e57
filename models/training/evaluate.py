"""How often a model is right, with its confidence interval."""

import math

import numpy as np


def wilson(right: int, n: int) -> tuple[float, float]:
    """The 95 % interval of a proportion (Wilson, 1927)."""
    z, p = 1.96, right / n
    middle, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)


def report(title: str, scores: np.ndarray, labels: np.ndarray) -> None:
    """Prints how many of the scores `[n, classes]` are highest at the label."""
    right, n = int(np.count_nonzero(scores.argmax(1) == labels)), len(labels)
    low, high = wilson(right, n)
    print(f"{title}: {right} of {n} right, {right / n:.2%} (95 % interval {low:.1%} to {high:.1%})", flush=True)

"""Draws loss and accuracy over the epochs as an SVG file."""

from pathlib import Path


def save_curves(history: dict[str, list[float]], path: Path, title: str) -> None:
    """`history` as Keras keeps it: loss, accuracy and, where measured, val_loss and val_accuracy, one per epoch."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = title  # the same bytes for the same numbers
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 2, figsize=(9, 3.2))
    for axis, key in zip(axes, ("loss", "accuracy")):
        for name, label in ((key, "training, augmented"), (f"val_{key}", "held out")):
            if name in history:
                axis.plot(range(1, len(history[name]) + 1), history[name], label=label)
        axis.set_xlabel("epoch")
        axis.set_title(key)
        axis.grid(alpha=0.3)
        axis.legend()
    figure.suptitle(title)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)

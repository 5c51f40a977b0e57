"""Trains a fully convolutional CIFAR-10 network: small crops first, whole pictures in the last epochs."""

import math

import keras
import numpy as np

from training.augment import crop, flip
from training.data import SIDE, normalise

BATCH = 128
_SMALL = 24  # pixels a side of the early epochs' crops, which cost 56 % of whole pictures
_SMALL_SHARE = 0.6


class Batches(keras.utils.PyDataset):
    """Every epoch: all pictures in a new order, mirrored at random, and cropped to `side` pixels a side."""

    def __init__(self, pictures: np.ndarray, labels: np.ndarray, side: int, seed: int):
        super().__init__()
        self.pictures, self.labels, self.side = pictures, labels, side
        self.rng = np.random.default_rng([seed, side])
        self.on_epoch_end()

    def on_epoch_end(self) -> None:
        self.order = self.rng.permutation(len(self.pictures))

    def __len__(self) -> int:
        return len(self.pictures) // BATCH

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        chosen = self.order[index * BATCH:(index + 1) * BATCH]
        pictures = flip(self.pictures[chosen], self.rng)
        pictures = crop(pictures, self.side, self.rng, padding=4 if self.side == SIDE else 0)
        return normalise(pictures), keras.utils.to_categorical(self.labels[chosen], 10)


def fit(model: keras.Model, train: tuple[np.ndarray, np.ndarray], held_out: tuple[np.ndarray, np.ndarray],
        epochs: int, peak: float, seed: int) -> dict[str, list[float]]:
    """Trains `model`, which ends in logits, and returns the history of Keras.

    SGD with Nesterov momentum; the learning rate rises to `peak` and falls to 0 along a cosine. The held-out pictures
    are looked at after every epoch for the curves alone; nothing is chosen by them.
    """
    steps = epochs * (len(train[0]) // BATCH)
    warmup = steps // 8
    rate = keras.optimizers.schedules.CosineDecay(peak / 20, steps - warmup, warmup_target=peak, warmup_steps=warmup)
    optimizer = keras.optimizers.SGD(rate, momentum=0.9, nesterov=True, weight_decay=2e-3)
    optimizer.exclude_from_weight_decay(var_names=["gamma", "beta", "bias"])
    model.compile(optimizer, keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1),
                  metrics=["accuracy"])
    validation = (normalise(held_out[0]), keras.utils.to_categorical(held_out[1], 10))
    history: dict[str, list[float]] = {}
    done = 0
    for side, until in ((_SMALL, math.ceil(epochs * _SMALL_SHARE)), (SIDE, epochs)):
        result = model.fit(Batches(*train, side, seed), validation_data=validation, validation_batch_size=500,
                           initial_epoch=done, epochs=until, verbose=2)
        for name, values in result.history.items():
            history.setdefault(name, []).extend(values)
        done = until
    return history

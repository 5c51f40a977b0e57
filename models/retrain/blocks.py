"""Blocks of weights, 16 output channels by 4 inputs, that are set to zero together: `edgeinfer` skips them."""

import keras
import numpy as np

OUTPUTS, INPUTS = 16, 4


def prunable(model: keras.Model) -> list[keras.layers.Conv2D]:
    """The convolutions whose channels are whole blocks: all but the stem, which reads three colours."""
    return [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)
            and layer.kernel.shape[-2] % INPUTS == 0 and layer.kernel.shape[-1] % OUTPUTS == 0]


def norms(kernel: np.ndarray) -> np.ndarray:
    """The mean square of each block of a kernel `[height, width, I, O]`, relative to the whole kernel's:
    `[height, width, I / 4, O / 16]`. Batch norm follows, so that only relative sizes mean anything."""
    height, width, inputs, outputs = kernel.shape
    blocks = kernel.reshape(height, width, inputs // INPUTS, INPUTS, outputs // OUTPUTS, OUTPUTS)
    return np.mean(blocks**2, axis=(3, 5)) / np.mean(kernel**2)


class KeepZeros(keras.callbacks.Callback):
    """Sets weights that are zero at the start back to zero after every step."""

    def __init__(self, layers: list[keras.layers.Conv2D]):
        super().__init__()
        self.layers = layers
        self.masks = [keras.ops.cast(layer.kernel != 0, "float32") for layer in layers]

    def on_train_batch_end(self, batch: int, logs=None) -> None:
        for layer, mask in zip(self.layers, self.masks):
            layer.kernel.assign(layer.kernel * mask)


class GradualPruning(KeepZeros):
    """Sets more and more blocks to zero, the smallest of all layers first, and keeps them there.

    The part that is zero after step t of T is `sparsity * (1 - (1 - t / T)^3)`: Zhu and Gupta, arXiv:1710.01878. It
    grows every `every` steps.
    """

    def __init__(self, layers: list[keras.layers.Conv2D], sparsity: float, steps: int, every: int = 50):
        super().__init__(layers)
        self.sparsity, self.steps, self.every = sparsity, steps, every
        self.step = 0

    def on_train_batch_end(self, batch: int, logs=None) -> None:
        self.step += 1
        if self.step == self.steps or self.step < self.steps and self.step % self.every == 0:
            self.choose(self.sparsity * (1 - (1 - self.step / self.steps) ** 3))
        super().on_train_batch_end(batch, logs)

    def choose(self, part: float) -> None:
        """Masks that leave out this part of all blocks."""
        sizes = [norms(layer.kernel.numpy()) for layer in self.layers]
        ascending = np.sort(np.concatenate([size.ravel() for size in sizes]))
        limit = ascending[min(round(part * len(ascending)), len(ascending) - 1)]
        for index, size in enumerate(sizes):
            mask = (size >= limit).repeat(INPUTS, axis=2).repeat(OUTPUTS, axis=3)
            self.masks[index] = keras.ops.convert_to_tensor(mask.astype(np.float32))


def zero_part(model: keras.Model) -> float:
    """The part of all prunable blocks that is zero."""
    sizes = np.concatenate([norms(layer.kernel.numpy()).ravel() for layer in prunable(model)])
    return float(np.mean(sizes == 0))

"""Writes a trained Keras model as float .tflite and .onnx with batch 1."""

import os
from pathlib import Path

import keras

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import tensorflow as tf


def with_batch_of_one(model: keras.Model, shape: tuple[int, ...], name: str) -> keras.Model:
    """The same layers and weights with an input `[1, *shape]` of this name, and softmax scores if it had none."""
    image = keras.Input(batch_shape=(1, *shape), name=name)
    scores = model(image, training=False)
    if getattr(model.layers[-1], "activation", None) is not keras.activations.softmax:
        scores = keras.layers.Softmax(name="scores")(scores)
    return keras.Model(image, scores, name=model.name)


def export(model: keras.Model, shape: tuple[int, ...], folder: Path, name: str, input_name: str = "image") -> None:
    """Writes `name.tflite`, batch norm folded by the converter, and the same network as `name.onnx` (opset 13)."""
    folder.mkdir(parents=True, exist_ok=True)
    tflite = folder / f"{name}.tflite"
    tflite.write_bytes(tf.lite.TFLiteConverter.from_keras_model(with_batch_of_one(model, shape, input_name)).convert())
    import tf2onnx  # here, because it takes seconds and no other step needs it

    tf2onnx.convert.from_tflite(str(tflite), opset=13, output_path=str(folder / f"{name}.onnx"))
    for suffix in ("tflite", "onnx"):
        file = folder / f"{name}.{suffix}"
        print(f"{file}: {file.stat().st_size:,} bytes")

#!/usr/bin/env python3
"""Writes a network of keras.applications as float .tflite: keras_application.py MobileNetV3Small net.tflite

With --weights imagenet Keras downloads trained weights; without it they are random, and only the format is tested.
"""

import argparse
from pathlib import Path

import keras
import tensorflow as tf


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", help="MobileNetV2, MobileNetV3Small, EfficientNetV2B0, ResNet50V2, ...")
    parser.add_argument("output", type=Path)
    parser.add_argument("--weights", choices=("random", "imagenet"), default="random")
    arguments = parser.parse_args()
    keras.utils.set_random_seed(1)
    weights = None if arguments.weights == "random" else arguments.weights
    network = getattr(keras.applications, arguments.name)(weights=weights)
    side = network.input_shape[1] or 224  # some leave it open
    image = keras.Input(batch_shape=(1, side, side, 3), name="image")
    model = keras.Model(image, network(image, training=False))
    arguments.output.write_bytes(tf.lite.TFLiteConverter.from_keras_model(model).convert())


if __name__ == "__main__":
    main()

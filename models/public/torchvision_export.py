#!/usr/bin/env python3
"""Writes a network of torchvision as ONNX: torchvision_export.py mobilenet_v2 net.onnx

With --weights DEFAULT torchvision downloads trained weights; without it they are random, and only the format is
tested. Needs torch, torchvision and onnx.
"""

import argparse

import torch
import torchvision


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", help="mobilenet_v2, resnet18, squeezenet1_1, ...")
    parser.add_argument("output")
    parser.add_argument("--weights", help="DEFAULT, or a name that torchvision knows")
    arguments = parser.parse_args()
    torch.manual_seed(1)
    network = torchvision.models.get_model(arguments.name, weights=arguments.weights).eval()
    picture = torch.randn(1, 3, 224, 224)
    torch.onnx.export(network, picture, arguments.output, opset_version=17, dynamo=False, input_names=["image"])


if __name__ == "__main__":
    main()

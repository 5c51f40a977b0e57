"""Runs TensorFlow Lite models on the reference kernels.

    litert_reference.py MODEL.tflite OUTPUT_FOLDER INPUT.npy... [-- MODEL.tflite OUTPUT_FOLDER INPUT.npy...]...

Writes output-0.npy, output-1.npy, ... in model order. BUILTIN_REF, no delegates, one thread.
"""

import itertools
import pathlib
import sys

import numpy
from ai_edge_litert.interpreter import Interpreter, OpResolverType


def main(model, folder, *inputs):
    interpreter = Interpreter(
        model_path=model, experimental_op_resolver_type=OpResolverType.BUILTIN_REF, num_threads=1
    )
    interpreter.allocate_tensors()
    for detail, path in zip(interpreter.get_input_details(), inputs, strict=True):
        interpreter.set_tensor(detail["index"], numpy.load(path))
    interpreter.invoke()
    for number, detail in enumerate(interpreter.get_output_details()):
        numpy.save(pathlib.Path(folder) / f"output-{number}.npy", interpreter.get_tensor(detail["index"]))


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    for is_separator, words in itertools.groupby(sys.argv[1:], lambda word: word == "--"):
        if not is_separator:
            words = list(words)
            try:
                main(*words)
            except Exception as error:
                sys.exit(f"{words[0]}: {error}")

"""TensorFlow Lite itself: outputs of a model, and whether it declines one (in a child, because it may abort)."""

import os
import re

from ai_edge_litert.interpreter import Interpreter, OpResolverType

KERNELS = {
    "reference": OpResolverType.BUILTIN_REF,
    "optimized": OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
}


def outputs(model, nodes):
    """Pairs of output tensor and its array, in model order."""
    interpreter = Interpreter(model_content=model.serialize(nodes), num_threads=1,
                              experimental_op_resolver_type=KERNELS[model.kernels])
    interpreter.allocate_tensors()
    values = {t.name: t.values for node in nodes for t in node.inputs if t is not None and t.values is not None}
    for detail in interpreter.get_input_details():
        interpreter.set_tensor(detail["index"], values[detail["name"]])
    interpreter.invoke()
    details = {d["name"]: d["index"] for d in interpreter.get_output_details()}
    return [(t, interpreter.get_tensor(details[t.name])) for node in nodes for t in node.outputs]


def declined(model, nodes):
    """The error with which TensorFlow Lite declines these nodes, or "" if it runs them."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        try:
            outputs(model, nodes)
            message = ""
        except Exception as error:
            # Some messages print a float as an integer, differently on every run.
            message = re.sub(r" ?\(-?\d+ != -?\d+\)", "", " ".join(str(error).split())) or type(error).__name__
        os.write(writer, ("." + message).encode()[:4000])
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        message = pipe.read()
    os.waitpid(child, 0)
    return message[1:] if message else "the process aborts"

"""Runs a model in one of the peers that are measured through Python, and prints one JSON object as litert.c does:

  worker.py PEER MODEL THREADS WARMUP RUNS

Exactly WARMUP + RUNS inferences. The time is that of the engine's own call; inputs are zeros, set once.
"""

import json
import statistics
import sys
import time


def onnxruntime(model, threads):
    import numpy
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    types = {"tensor(float)": "f4", "tensor(uint8)": "u1", "tensor(int8)": "i1"}
    # Bound buffers: nothing is copied or converted between Python and the engine.
    binding = session.io_binding()
    for value in session.get_inputs():
        zeros = numpy.zeros([n if isinstance(n, int) else 1 for n in value.shape], types[value.type])
        binding.bind_ortvalue_input(value.name, ort.OrtValue.ortvalue_from_numpy(zeros))
    for value in session.get_outputs():
        binding.bind_output(value.name, "cpu")
    return lambda: session.run_with_iobinding(binding)


def mnn(model, threads):
    import MNN  # not MNN.tools: importing that reports usage

    interpreter = MNN.Interpreter(model)
    session = interpreter.createSession({"numThread": threads, "backend": "CPU", "precision": "normal"})
    tensor = interpreter.getSessionInput(session)
    shape = tensor.getShape()
    count = 1
    for n in shape:
        count *= n
    zeros = MNN.Tensor(shape, MNN.Halide_Type_Float, (0.0,) * count, MNN.Tensor_DimensionType_Caffe)
    tensor.copyFrom(zeros)
    return lambda: interpreter.runSession(session)


def ncnn(model, threads):
    import ncnn as engine
    import numpy

    net = engine.Net()
    net.opt.num_threads, net.opt.use_vulkan_compute = threads, False
    net.load_param(model)
    net.load_model(model.replace(".param", ".bin"))
    with open(model + ".shape") as file:
        shape = json.load(file)
    x = engine.Mat(numpy.zeros(shape[1:], numpy.float32)).clone()

    def infer():
        extractor = net.create_extractor()
        extractor.input("in0", x)
        extractor.extract("out0")

    return infer


def main():
    peer, model, threads, warmup, runs = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:6])
    start = time.perf_counter_ns()
    infer = {"onnxruntime": onnxruntime, "mnn": mnn, "ncnn": ncnn}[peer](model, threads)
    result = {"init_ms": (time.perf_counter_ns() - start) / 1e6, "num_runs": runs}
    times = []
    for _ in range(warmup + runs):
        start = time.perf_counter_ns()
        infer()
        times.append((time.perf_counter_ns() - start) / 1e6)
    result["first_inference_ms"] = times[0]
    if runs:
        result.update(
            avg_ms=statistics.fmean(times[warmup:]), min_ms=min(times[warmup:]), median_ms=statistics.median(times[warmup:]))
    print(json.dumps(result))


if len(sys.argv) != 6:
    sys.exit(__doc__)
main()

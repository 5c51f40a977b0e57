"""The engines that are compared: how each is installed, given a model, run, and weighed."""

import glob
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
LITERT, ONNXRUNTIME, MNN, NCNN = "2.3.0", "1.31.1", "3.6.1", "1.0.20261020"
# Virtual environments below .build-venv. What converts models is kept apart from what is measured.
ENVIRONMENTS = {
    "peers": [f"ai-edge-litert=={LITERT}", "numpy==2.4.6"],
    "onnxruntime": [f"onnxruntime=={ONNXRUNTIME}", "numpy==2.4.6"],
    "mnn": [f"MNN=={MNN}", "numpy==2.4.6"],
    "ncnn": [f"ncnn=={NCNN}", "numpy==2.4.6"],
    "convert": ["tensorflow-cpu==2.21.0", "tf2onnx==1.17.0", "onnx==1.23.2", "numpy==2.4.6"],
}


# Installed without what they depend on: pnnx wants all of PyTorch, which the conversion from ONNX does not use.
ALONE = {"ncnn": ["pnnx==20261020"]}


class Failure(Exception):
    pass


def note(text):
    print(text, file=sys.stderr)


def python(environment):
    return os.path.join(ROOT, ".build-venv", environment, "bin", "python")


def install(environment):
    """Makes a virtual environment unless it is there with just these packages."""
    folder = os.path.dirname(os.path.dirname(python(environment)))
    packages, alone = ENVIRONMENTS[environment], ALONE.get(environment, [])
    stamp, wanted = os.path.join(folder, "packages"), "\n".join(packages + alone)
    if os.path.exists(stamp) and open(stamp).read() == wanted:
        return
    note(f"setup: {', '.join(packages + alone)}")
    subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
    command = [python(environment), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    for wheels in [packages] + ([["--no-deps"] + alone] if alone else []):
        result = subprocess.run(command + wheels, stderr=subprocess.PIPE, text=True)
        if result.returncode:
            raise Failure((result.stderr.strip().splitlines() or ["pip failed"])[-1])
    with open(stamp, "w") as file:
        file.write(wanted)


def library(environment, pattern):
    """The largest file of a wheel that matches."""
    folder = os.path.join(os.path.dirname(os.path.dirname(python(environment))), "lib", "python3*", "site-packages")
    return max(glob.glob(os.path.join(folder, pattern)), key=os.path.getsize)


def stem(path):
    return os.path.basename(path).rsplit(".", 1)[0]


def execute(command, **options):
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=600, **options)
    if result.returncode:
        lines = (result.stderr.strip() or result.stdout.strip()).splitlines()
        raise Failure(lines[-1][:200] if lines else f"exit code {result.returncode}")
    return result.stdout


def machine():
    """The CPU, as the kernel names it."""
    with open("/proc/cpuinfo") as file:
        names = [line.split(":", 1)[1].strip() for line in file if line.startswith(("model name", "Hardware"))]
    return f"{names[0] if names else os.uname().machine}, {os.cpu_count()} CPUs, Linux {os.uname().release}."


class Engine:
    """`command` gives the process that runs a model; its last line on standard output is the result in JSON."""

    def __init__(self, name, version, work):
        self.name, self.version, self.work = name, version, work

    def path(self, model, suffix):
        return os.path.join(self.work, stem(model) + suffix)

    def prepare(self, model):
        """Converts the model if need be. False, with a note, if this engine cannot have it."""
        try:
            self.convert(model)
        except Failure as failure:
            note(f"  {self.name}: cannot be given this model: {failure}")
            return False
        return True

    def convert(self, model):
        pass

    def run(self, model, threads, warmup, runs):
        output = execute(self.command(model, threads, warmup, runs))
        return json.loads(output.strip().splitlines()[-1])

    def once(self, model):
        """One inference in a fresh process, seen from outside."""
        out = os.path.join(self.work, "measure.json")
        execute([os.path.join(self.work, "measure"), out] + self.command_once(model))
        with open(out) as file:
            return json.load(file)

    def command_once(self, model):
        return self.command(model, 1, 0, 1)


class EdgeInfer(Engine):
    def __init__(self, work):
        self.program = os.path.join(ROOT, ".build-embedded-x86", "edgeinfer")
        version = execute([self.program, "--version"]).strip()
        # Of what the program is built from: a page of results that is being written does not make it another one.
        sources = ["--", "Package.swift", "Sources", "toolchains"]
        commit = execute(["git", "-C", ROOT, "log", "-1", "--format=%h", *sources]).strip()
        if execute(["git", "-C", ROOT, "status", "--porcelain", *sources]).strip():
            commit += "-dirty"
        super().__init__("edgeinfer", f"{version} ({commit}), Embedded Swift, static, musl", work)

    def convert(self, model):
        converter = os.path.join(ROOT, ".build", "release", "edgequant")
        execute([converter, "convert", model, "-o", self.path(model, ".edge")])
        info = json.loads(execute([self.program, "info", "-m", self.path(model, ".edge"), "--format", "json"]))
        self.inputs = []
        for index, tensor in enumerate(info["inputs"]):
            file = self.path(model, f".{index}.npy")
            write_zeros(file, tensor["dtype"], tensor["shape"])
            self.inputs += ["-i", file]

    def command(self, model, threads, warmup, runs):
        return [
            self.program, "profile", "-m", self.path(model, ".edge"), "--format", "json", "-t", str(threads), "--warmup",
            str(warmup), "--runs", str(runs)]

    def command_once(self, model):
        # The real job, from files to files.
        return [self.program, "run", "-m", self.path(model, ".edge"), "-t", "1", "-o", self.work] + self.inputs

    def size(self):
        return ["the program, no other file needed", str(os.path.getsize(self.program))]


def write_zeros(path, dtype, shape):
    """A NumPy array file, version 1."""
    code, size = {"float32": ("<f4", 4), "int8": ("|i1", 1), "uint8": ("|u1", 1), "int32": ("<i4", 4)}[dtype]
    extents = "".join(f"{n}, " for n in shape)
    header = f"{{'descr': '{code}', 'fortran_order': False, 'shape': ({extents}), }}"
    header += " " * (63 - (10 + len(header)) % 64) + "\n"
    count = size
    for n in shape:
        count *= n
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode() + bytes(count))


class LiteRT(Engine):
    def __init__(self, name, kernels, work):
        super().__init__(name, f"LiteRT {LITERT}, {'XNNPACK' if kernels == 'delegate' else 'its built-in kernels'}", work)
        self.kernels = kernels
        install("peers")
        self.library = library("peers", "ai_edge_litert/libLiteRt.so")

    def command(self, model, threads, warmup, runs):
        if self.kernels == "builtin" and threads > 1:
            raise Failure("these kernels run in one thread whatever is asked")
        driver = os.path.join(self.work, "litert")
        return [driver, self.library, model, str(threads), self.kernels, "-", str(warmup), str(runs)]

    def size(self):
        return [os.path.basename(self.library), str(os.path.getsize(self.library))]


class PythonEngine(Engine):
    """An engine that is driven from Python. Its memory and start-up are Python's as well."""

    def __init__(self, name, version, environment, suffix, pattern, work):
        super().__init__(name, version + ", from Python", work)
        self.environment, self.suffix = environment, suffix
        install(environment)
        install("convert")
        self.library = library(environment, pattern)

    def command(self, model, threads, warmup, runs):
        worker = os.path.join(HERE, "worker.py")
        arguments = [self.name, self.path(model, self.suffix), str(threads), str(warmup), str(runs)]
        return [python(self.environment), worker] + arguments

    def convert(self, model):
        if not os.path.exists(self.path(model, self.suffix)):
            self.make(model)

    def onnx(self, model, dequantized):
        """The model as ONNX, in QDQ form or with all quantization taken out."""
        path = self.path(model, ".float.onnx" if dequantized else ".onnx")
        if not os.path.exists(path):
            command = [python("convert"), os.path.join(HERE, "to_onnx.py"), model, path]
            execute(command + (["--dequantize"] if dequantized else []))
        return path

    def size(self):
        return [os.path.basename(self.library), str(os.path.getsize(self.library))]


class OnnxRuntime(PythonEngine):
    def __init__(self, work):
        super().__init__(
            "onnxruntime", f"ONNX Runtime {ONNXRUNTIME}, QDQ", "onnxruntime", ".onnx",
            "onnxruntime/capi/onnxruntime_pybind11_state*.so", work)

    def make(self, model):
        self.onnx(model, dequantized=False)


class MNNFloat(PythonEngine):
    def __init__(self, work):
        super().__init__("mnn", f"MNN {MNN}, float32", "mnn", ".mnn", "_mnncengine*.so", work)

    def make(self, model):
        # The engine's module itself: the console scripts report usage.
        tool = "import sys, _tools; sys.argv = sys.argv[1:]; _tools.mnnconvert(sys.argv)"
        source, target = self.onnx(model, dequantized=True), self.path(model, ".mnn")
        arguments = ["mnnconvert", "-f", "ONNX", "--modelFile", source, "--MNNModel", target, "--bizCode", "bench"]
        execute([python("mnn"), "-c", tool] + arguments)
        if not os.path.exists(target):
            raise Failure("its converter wrote nothing")


class NCNNFloat(PythonEngine):
    def __init__(self, work):
        super().__init__("ncnn", f"ncnn {NCNN}, float32", "ncnn", ".ncnn.param", "ncnn/ncnn*.so", work)

    def make(self, model):
        source, target = self.onnx(model, dequantized=True), self.path(model, ".ncnn.param")
        with open(source + ".shape") as file:
            shape = json.load(file)
        pnnx = library("ncnn", "pnnx/pnnx")
        execute(
            [pnnx, source, "inputshape=[" + ",".join(map(str, shape)) + "]", "ncnnparam=" + target,
             "ncnnbin=" + target.replace(".param", ".bin")], cwd=self.work)
        if not os.path.exists(target):
            raise Failure("its converter wrote nothing")
        with open(target + ".shape", "w") as file:
            json.dump(shape, file)


def compile_tool(name, work):
    """One of the small C programs here."""
    source = os.path.join(ROOT, "Benchmarks", "peers", name + ".c")
    execute(["cc", "-O2", "-o", os.path.join(work, name), source, "-ldl"])


def set_up(names, work):
    """The engines that could be installed, ours first."""
    install("peers")
    compile_tool("measure", work)
    compile_tool("litert", work)
    makers = {
        "litert": lambda: LiteRT("litert", "delegate", work),
        "litert-builtin": lambda: LiteRT("litert-builtin", "builtin", work),
        "onnxruntime": lambda: OnnxRuntime(work),
        "mnn": lambda: MNNFloat(work),
        "ncnn": lambda: NCNNFloat(work),
    }
    engines = [EdgeInfer(work)]
    for name in names:
        try:
            engines.append(makers[name]())
        except (Failure, ValueError, subprocess.CalledProcessError) as failure:
            note(f"{name} is left out, it could not be installed: {failure}")
    return engines

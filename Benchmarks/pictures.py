#!/usr/bin/env python3
"""Pictures per second of `edgeinfer classify` on a folder of mixed pictures, beside the obvious Python loop:

  pictures.py [--pictures 10000] [--rounds 3] [--model FILE.tflite] [--output FILE.md]
  pictures.py --check-scale

Measures 1 and 2 threads, the same in Python with LiteRT and Pillow, and what decoding at a reduced DCT scale gains; and checks that 1, 2
and 4 threads write the same bytes, also after a kill and --resume. Exit code 1 if a promise is broken. `make bench-pictures` builds
what this needs and runs it. --check-scale compares the best class at reduced DCT scale with that of full decoding, on the photographs and their enlargements up to
4 times: it must be the same unless the best two are at most 2 counts apart. Needs EDGEINFER_TEST_DATA; the folder is made in a temporary one, mostly of hard links.
"""

import argparse
import csv
import datetime
import glob
import io
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "peers"))
import engines  # noqa: E402

ENVIRONMENT = "pictures"
LEAST_SPEED_UP, LEAST_RATIO = 1.8, 1.5


def make_originals(images, folder):
    """One file of each kind: large photographs, the data's own pictures of all kinds, damaged ones. Returns their names by kind."""
    from PIL import Image

    kinds = {"photograph": [], "small": [], "damaged": []}

    def write(kind, name, data):
        path = os.path.join(folder, name)
        with open(path, "wb") as file:
            file.write(data)
        kinds[kind].append(path)

    names = ["cat_1080p", "cat_720p", "face", "hot_dog", "owl", "parrot", "pets"]
    for index, name in enumerate(names):
        picture = Image.open(os.path.join(images, name + ".jpg")).convert("RGB")
        scale = 1 if picture.width > 1000 else 4
        picture = picture.resize((picture.width * scale, picture.height * scale), Image.Resampling.LANCZOS)
        file, exif = io.BytesIO(), Image.Exif()
        if index % 3 == 1:
            exif[0x0112] = 6
        picture.save(file, "JPEG", quality=90, subsampling="4:2:0", progressive=index % 4 == 3, exif=exif)
        write("photograph", f"large-{name}.jpg", file.getvalue())
    for path in sorted(glob.glob(os.path.join(images, "*.jpg"))):
        with open(path, "rb") as file:
            write("small", os.path.basename(path), file.read())
    for path in sorted(glob.glob(os.path.join(images, "broken", "*"))):
        with open(path, "rb") as file:
            write("damaged", "broken-" + os.path.basename(path), file.read())
    with open(kinds["photograph"][2], "rb") as file:
        write("damaged", "cut.jpg", file.read()[:100_000])
    write("damaged", "page.jpg", b"<html>not found</html>")
    return kinds


def make_folder(images, work, count):
    """`count` pictures: a quarter large photographs, 3 % damaged. Returns the folder and how many there are of each kind."""
    originals, folder = os.path.join(work, "originals"), os.path.join(work, "pictures")
    os.makedirs(originals)
    kinds = make_originals(images, originals)
    counts = dict.fromkeys(kinds, 0)
    for index in range(count):
        kind = "damaged" if index % 33 == 7 else "photograph" if index % 4 == 0 else "small"
        source = kinds[kind][counts[kind] % len(kinds[kind])]
        target = os.path.join(folder, f"{index % 100:02}", f"{index:05}-{os.path.basename(source)}")
        os.makedirs(os.path.dirname(target), exist_ok=True)
        if not target.endswith((".jpg", ".jpeg")):
            target += ".jpg"
        os.link(source, target)
        counts[kind] += 1
    return folder, counts


def classify(program, model, folder, output, threads, *options, environment={}):
    """Seconds from start to end."""
    command = [program, "classify", "-q", "-m", model, "-t", str(threads), "--format", "csv", "-o", output, *options, folder]
    start = time.monotonic()
    subprocess.run(command, check=True, env={**os.environ, **environment})
    return time.monotonic() - start


def python_loop(model, folder, output, threads):
    """Runs this file again, in the environment that has LiteRT and Pillow. Seconds of the loop, without imports and loading."""
    command = [engines.python(ENVIRONMENT), os.path.abspath(__file__), "--loop", model, folder, output, str(threads)]
    return json.loads(engines.execute(command).strip().splitlines()[-1])["seconds"]


def loop(model, folder, output, threads):
    """What a person writes first."""
    import numpy
    from ai_edge_litert.interpreter import Interpreter
    from PIL import Image, ImageOps

    interpreter = Interpreter(model_path=model, num_threads=int(threads))
    interpreter.allocate_tensors()
    (input,), (out,) = interpreter.get_input_details(), interpreter.get_output_details()
    _, height, width, _ = input["shape"]
    paths = sorted(glob.glob(os.path.join(folder, "**", "*.jpg"), recursive=True))
    start = time.monotonic()
    with open(output, "w", newline="") as file:
        rows = csv.writer(file)
        for path in paths:
            try:
                picture = ImageOps.exif_transpose(Image.open(path)).convert("RGB").resize((width, height))
            except Exception as error:
                rows.writerow([path, "", "", error])
                continue
            interpreter.set_tensor(input["index"], numpy.asarray(picture)[numpy.newaxis])
            interpreter.invoke()
            scores = interpreter.get_tensor(out["index"])[0]
            for rank, index in enumerate(numpy.argsort(-scores.astype(int))[:5]):
                rows.writerow([path, rank + 1, index, scores[index]])
    print(json.dumps({"seconds": time.monotonic() - start, "pictures": len(paths)}))


def decode_time(path):
    """Sum of the milliseconds for decoding, cropping and resizing, by the kind of the picture."""
    sums = {"photograph": 0.0, "small": 0.0}
    with open(path) as file:
        for line in map(json.loads, file):
            if "timing_ms" in line:
                sums["photograph" if "-large-" in line["file"] else "small"] += line["timing_ms"]["decode"]
    return sums


def same_bytes(program, model, folder, work):
    """Whether 1, 2 and 4 threads, and a run that is killed three times, write the same file."""
    whole = os.path.join(work, "1.csv")
    classify(program, model, folder, whole, 1)
    with open(whole, "rb") as file:
        expected = file.read()
    results = {}
    for threads in (2, 4):
        path = os.path.join(work, f"{threads}.csv")
        classify(program, model, folder, path, threads)
        with open(path, "rb") as file:
            results[f"{threads} threads"] = file.read() == expected
    path = os.path.join(work, "resumed.csv")
    command = [program, "classify", "-q", "-m", model, "-t", "2", "--format", "csv", "-o", path, "--resume", folder]
    for part in (1, 2, 3):
        process = subprocess.Popen(command)
        while process.poll() is None and (not os.path.exists(path) or os.path.getsize(path) < part * len(expected) // 4):
            time.sleep(0.001)
        process.kill()
        process.wait()
    subprocess.run(command, check=True)
    with open(path, "rb") as file:
        results["2 threads, killed three times and resumed"] = file.read() == expected
    return results


def make_enlargements(images, folder):
    """The photographs, and each 2, 3 and 4 times as large."""
    from PIL import Image

    os.makedirs(folder)
    for path in sorted(glob.glob(os.path.join(images, "*.jpg"))):
        name = os.path.basename(path)
        picture = Image.open(path)
        # Arithmetic coding is not for every Pillow; two are no photographs.
        if min(picture.size) < 100 or "arithmetic" in name:
            continue
        shutil.copy(path, folder)
        mode = picture.mode if picture.mode in ("L", "CMYK") else "RGB"
        exif = picture.getexif()
        picture = picture.convert(mode)
        for factor in (2, 3, 4):
            larger = picture.resize((picture.width * factor, picture.height * factor), Image.Resampling.LANCZOS)
            larger.save(os.path.join(folder, f"{name[:-4]}-{factor}x.jpg"), quality=95, exif=exif)


def check_scale(data, work):
    """Prints a line for each model, and the pictures whose best class is another one. Whether one of them is not a near tie."""
    edgeinfer = engines.EdgeInfer(work)
    folder = os.path.join(work, "enlarged")
    engines.execute([
        engines.python(ENVIRONMENT), os.path.abspath(__file__), "--enlarge", os.path.join(data, "images"), folder])
    failed = False
    for name in ("tf2_mobilenet_v2_1.0_224_ptq", "mobilenet_v2_1.0_224_quant", "mobilenet_v1_0.25_128_quant", "vww_96_int8"):
        model = os.path.join(work, name + ".edge")
        engines.execute([
            os.path.join(engines.ROOT, ".build", "release", "edgequant"), "convert",
            os.path.join(data, "models", name + ".tflite"), "-o", model])
        scale = json.loads(engines.execute([edgeinfer.program, "info", "-m", model, "--format", "json"]))["outputs"][0]["scale"]
        answers = {}
        for key, environment in (("reduced", {}), ("full", {"EDGEINFER_TEST_FULL_DECODE": "1"})):
            text = engines.execute(
                [edgeinfer.program, "classify", "-m", model, "-k", "2", "--format", "jsonl", folder],
                env={**os.environ, **environment})
            answers[key] = {line["file"]: line["top"] for line in map(json.loads, text.splitlines())}
        others = []
        for file, full in answers["full"].items():
            reduced = answers["reduced"][file]
            if reduced[0]["index"] != full[0]["index"]:
                others.append((os.path.basename(file), round((full[0]["score"] - full[1]["score"]) / scale)))
        print(f"{name}: {len(answers['full']) - len(others)} of {len(answers['full'])} pictures have the same best class")
        for file, counts in others:
            print(f"  {file}: full decoding's best two are {counts} counts apart" + ("" if counts <= 2 else ": TOO FAR"))
            failed = failed or counts > 2
    return failed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--model")
    parser.add_argument("--output")
    parser.add_argument("--check-scale", action="store_true")
    arguments = parser.parse_args()
    data = os.environ.get("EDGEINFER_TEST_DATA")
    if not data:
        sys.exit("EDGEINFER_TEST_DATA is not set: it names the folder of pictures and models")
    source = arguments.model or os.path.join(data, "models", "tf2_mobilenet_v2_1.0_224_ptq.tflite")
    engines.ENVIRONMENTS[ENVIRONMENT] = engines.ENVIRONMENTS["peers"] + ["pillow==13.0.0"]
    engines.install(ENVIRONMENT)

    work = tempfile.mkdtemp(prefix="edgeinfer-pictures-")
    try:
        if arguments.check_scale:
            sys.exit(1 if check_scale(data, work) else 0)
        edgeinfer = engines.EdgeInfer(work)
        model = edgeinfer.path(source, ".edge")
        engines.execute([os.path.join(engines.ROOT, ".build", "release", "edgequant"), "convert", source, "-o", model])
        # Pillow makes the pictures, and this Python may not have it.
        made = engines.execute([
            engines.python(ENVIRONMENT), os.path.abspath(__file__), "--make", os.path.join(data, "images"), work,
            str(arguments.pictures)])
        folder, counts = json.loads(made.strip().splitlines()[-1])
        failed = measure(edgeinfer, source, model, folder, counts, work, arguments)
    finally:
        shutil.rmtree(work)
    sys.exit(1 if failed else 0)


def measure(edgeinfer, source, model, folder, counts, work, arguments):
    program, total, out = edgeinfer.program, sum(counts.values()), os.path.join(work, "out")
    # Once, so that all files are in memory.
    classify(program, model, folder, out, os.cpu_count())
    ours, python = {1: [], 2: []}, {1: [], 2: []}
    for number in range(arguments.rounds):
        engines.note(f"round {number + 1} of {arguments.rounds}")
        for threads in (1, 2):
            ours[threads].append(classify(program, model, folder, out, threads))
            python[threads].append(python_loop(source, folder, out, threads))
    speed_up = statistics.median(a / b for a, b in zip(ours[1], ours[2]))
    ratios = {t: statistics.median(a / b for a, b in zip(python[t], ours[t])) for t in (1, 2)}

    timed = {}
    for name, environment in (("reduced", {}), ("full", {"EDGEINFER_TEST_FULL_DECODE": "1"})):
        path = os.path.join(work, name + ".jsonl")
        command = [program, "classify", "-q", "-m", model, "-t", "1", "--format", "jsonl", "--timing", "-o", path, folder]
        subprocess.run(command, check=True, env={**os.environ, **environment})
        timed[name] = decode_time(path)
    equal = same_bytes(program, model, folder, work)

    def rate(seconds):
        return f"{total / statistics.median(seconds):.1f}"

    lines = [
        f"Date: {datetime.date.today().isoformat()}. {engines.machine()}", "",
        f"Model: {engines.stem(source)}. Versions: {edgeinfer.version}; LiteRT {engines.LITERT} with Pillow, from Python.",
        f"{total} pictures: {counts['photograph']} photographs of 1280 x 720 to 2048 x 3716, {counts['small']} small ones of all kinds,"
        f" {counts['damaged']} damaged. Median of {arguments.rounds} rounds, in which the programs take turns.", "",
        "| pictures per second | 1 thread | 2 threads | 2 threads by 1 |", "| --- | ---: | ---: | ---: |",
        f"| `edgeinfer classify` | {rate(ours[1])} | {rate(ours[2])} | {speed_up:.2f} (promise: {LEAST_SPEED_UP}) |",
        f"| Python, LiteRT and Pillow | {rate(python[1])} | {rate(python[2])} | |",
        f"| ratio | {ratios[1]:.2f} | {ratios[2]:.2f} (promise: {LEAST_RATIO}) | |", "",
        "| decoding, cropping and resizing, ms a picture | reduced DCT scale | full decoding | gain |",
        "| --- | ---: | ---: | ---: |",
    ]
    for kind in ("photograph", "small"):
        a, b = timed["reduced"][kind] / counts[kind], timed["full"][kind] / counts[kind]
        lines.append(f"| {kind}s | {a:.2f} | {b:.2f} | {b / a:.2f} |" if kind == "photograph" else
                     f"| small pictures | {a:.2f} | {b:.2f} | {b / a:.2f} |")
    lines += ["", "Output compared with that of 1 thread: " +
              "; ".join(f"{name}: {'the same bytes' if same else 'OTHER BYTES'}" for name, same in equal.items()) + "."]
    text = "\n".join(lines) + "\n"
    print(text)
    if arguments.output:
        with open(arguments.output, "w") as file:
            file.write(text)
    return speed_up < LEAST_SPEED_UP or ratios[2] < LEAST_RATIO or not all(equal.values())


if __name__ == "__main__":
    if sys.argv[1:2] == ["--loop"]:
        loop(*sys.argv[2:])
    elif sys.argv[1:2] == ["--enlarge"]:
        make_enlargements(*sys.argv[2:])
    elif sys.argv[1:2] == ["--make"]:
        print(json.dumps(make_folder(sys.argv[2], sys.argv[3], int(sys.argv[4]))))
    else:
        main()

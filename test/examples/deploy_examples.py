#!/usr/bin/env python3
# Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Trains networks of the examples on made-up data and deploys them every way.

    deploy_examples.py WORK EXAMPLE.nas...

Each example keeps its space. Its data, search, limits and targets are replaced:
48 random samples of its shape, one epoch of one network, and as targets the
host in float32 and the Cortex-M7 and x86-64 in int8, with every emission. The
compiler itself compares what the code computes with the trained network; here
is checked that all files are there.
"""

import pathlib
import random
import re
import shutil
import subprocess
import sys
import time

SAMPLES = 48
ITEM = re.compile(r"^(dataset|limits|search|deploy)\b", re.M)
SPACE = re.compile(
    r"^space (\w+)\((\w+): (tensor\[([\d, ]+)\]|\w+\.image)\) -> "
    r"(classes\((\d+)\)|tensor\[[\d, ]+\]|\w+\.label)",
    re.M,
)
# What the data of the examples with data look like.
SHAPES = {
    "fashion_mnist.nas": ([28, 28, 1], 10),
    "training_choices.nas": ([28, 28, 1], 10),
    "cifar10_mobile.nas": ([32, 32, 3], 10),
    "keyword_spotting.nas": ([49, 10, 1], 9),
}
# A quarter of the resolution: the examples' own takes minutes an epoch.
SMALLER = {"mobilenet_v3_like.nas": ([64, 64, 3], 10)}


def without_items(text):
    """The text without its data, limits, search and deployment."""
    while match := ITEM.search(text):
        depth, end = 0, match.start()
        while True:
            character = text[end]
            end += 1
            depth += (character == "{") - (character == "}")
            if depth == 0 and character in "};":
                break
        text = text[: match.start()] + text[end:]
    return text


def write_data(folder, shape, classes, element, seed):
    """Random samples whose first elements give their class away."""
    numbers = random.Random(seed)
    size = 1
    for length in shape:
        size *= length
    data = bytearray()
    for sample in range(SAMPLES):
        record = bytearray(numbers.randbytes(size))
        record[: min(size, 16)] = bytes([sample % classes * 7 % 256]) * min(size, 16)
        data += record
    (folder / "samples.bin").write_bytes(data)
    rows = ["row,label,split"]
    for sample in range(SAMPLES):
        split = ("train", "train", "train", "validation")[sample % 4]
        rows.append(f"{sample},c{sample % classes:03},{split}")
    (folder / "index.csv").write_text("\n".join(rows) + "\n")


def specification(example, folder, element):
    text = example.read_text(encoding="utf-8")
    match = SPACE.search(text)
    if not match:
        return None
    name, parameter = match[1], match[2]
    if example.name in SMALLER:
        shape, classes = SMALLER[example.name]
    elif example.name in SHAPES:
        shape, classes = SHAPES[example.name]
    else:
        shape = [int(size) for size in match[4].split(",")]
        classes = int(match[6]) if match[6] else 0
    reproduces = not match[6] and match[5].startswith("tensor")
    used = min(classes, SAMPLES) if classes else 1
    write_data(folder, shape, max(used, 1), element, seed=len(name))
    body = without_items(text[: match.start()]), without_items(text[match.end() :])
    head = f"space {name}({parameter}: made.image) -> made." + (
        "image" if reproduces else "label"
    )
    # A network has as many results as the example says.
    if classes > SAMPLES:
        sys.exit(f"{example}: {classes} classes are too many")
    imports = "".join(
        f'import "devices/{file}.nas";\n'
        for file in ("stm32h743zi", "generic_x86_64")
        if f"devices/{file}.nas" not in body[0]
    )
    labels = (
        "target = input;"
        if reproduces
        else 'index = "index.csv"; label = "label"; split = "split";'
    )
    held = "validation = 12 images;" if reproduces else ""
    targets = f"""
dataset made = raw("samples.bin") {{
  element = {element}; shape = {shape}; {labels} {held}
  normalize = {{ mean: 0.4, deviation: 0.3 }};
}}
search {{ train {{ keep = 1; epochs = 1; batch = 8; }} }}
deploy {{
  host   {{ precision = float32; emit = [object, onnx]; }}
  h743   {{ precision = int8; emit = [object, c, onnx, cost]; calibration = 16; }}
  x86_64 {{ precision = int8; emit = [object, c]; calibration = 16; }}
}}
"""
    rest = body[1]
    if example.name in SMALLER:
        rest = rest.replace("1000", str(classes))
    return imports + body[0] + head + rest + targets


def run(example, work, element):
    folder = work / f"{example.stem}.{element}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    text = specification(example, folder, element)
    if text is None:
        print(f"{example.name}: no network")
        return True
    spec = folder / example.name
    spec.write_text(text, encoding="utf-8")
    started = time.monotonic()
    result = subprocess.run(
        ["nasc", spec, "-o", folder / "out"],
        capture_output=True,
        text=True,
    )
    name = re.search(r"^space (\w+)", text, re.M)[1]
    missing = [
        file
        for file in (
            f"host/{name}.o", f"host/{name}.h", f"host/{name}.onnx",
            f"h743/{name}.o", f"h743/{name}.c", f"h743/{name}.h",
            f"h743/{name}.onnx", f"x86_64/{name}.o", f"x86_64/{name}.c",
        )
        if not (folder / "out" / "winner1" / file).is_file()
    ]
    fine = result.returncode == 0 and not missing
    print(
        f"{example.name}, {element}: {'done' if fine else 'FAILED'} in "
        f"{time.monotonic() - started:.0f} s"
    )
    if not fine:
        print(result.stderr[-4000:])
        print("missing:", *missing)
    return fine


def main():
    work = pathlib.Path(sys.argv[1])
    fine = True
    for example in sys.argv[2:]:
        for element in ("uint8", "int8"):
            fine &= run(pathlib.Path(example), work, element)
    sys.exit(0 if fine else 1)


if __name__ == "__main__":
    main()

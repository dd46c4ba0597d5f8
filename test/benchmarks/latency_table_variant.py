#!/usr/bin/env python3
# Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Gives the space like MobileNetV3 a latency table by layer and tight limits.

    latency_table_variant.py docs/examples/mobilenet_v3_like.nas FOLDER
    feasible_set_benchmark --prune FOLDER/tight.nas FOLDER/loose.nas

The table has a row for each depthwise and pointwise convolution of the space.
Its latencies are made up (the multiply-accumulates, some noise, an overhead),
so that they are no multiples of each other, as measured ones are not; they are
for the speed of pruning alone.
"""

import os
import random
import re
import sys

WIDTHS = [24, 40, 80, 112, 160]
STRIDES = [2, 2, 2, 1, 2]
LIMITS = {
    "loose": ["macs <= 295_000_000", "params <= 3_950_000",
              "ram on pixel4 <= 5 MiB", "latency on pixel4 <= 80 ms"],
    "tight": ["macs <= 190_000_000", "params <= 3_300_000",
              "ram on pixel4 <= 3.2 MiB", "latency on pixel4 <= 36 ms"],
}


def layers():
    """(kind, size, input channels, output channels, kernel, stride) of all."""
    found = set()
    size, channels = 112, 16
    for width, stride in zip(WIDTHS, STRIDES):
        for inputs, step, height in ((channels, stride, size),
                                     (width, 1, size // stride)):
            for expansion in (3, 4, 6):
                inner = inputs * expansion
                found.add(("pointwise_conv2d", height, inputs, inner, 1, 1))
                found.add(("pointwise_conv2d", height // step, inner, width,
                           1, 1))
                for kernel in (3, 5, 7):
                    found.add(("depthwise_conv2d", height, inner, inner,
                               kernel, step))
        size, channels = size // stride, width
    return sorted(found)


def main():
    source, folder = sys.argv[1:]
    os.makedirs(folder, exist_ok=True)
    noise = random.Random(1)
    with open(os.path.join(folder, "latency.csv"), "w", encoding="utf-8") as table:
        table.write("kind,height,width,input_channels,output_channels,"
                    "kernel_height,kernel_width,stride,latency_us\n")
        for kind, size, inputs, outputs, kernel, stride in layers():
            pixels = (size // stride) ** 2
            macs = pixels * inputs * (outputs if kernel == 1 else kernel ** 2)
            latency = macs * noise.uniform(0.8, 1.6) / 6000 + noise.uniform(3, 9)
            table.write(f"{kind},{size},{size},{inputs},{outputs},{kernel},"
                        f"{kernel},{stride},{latency:.3f}\n")
    with open(source, encoding="utf-8") as file:
        text = file.read()
    text = text.replace("  precision float32 {",
                        '  precision float32 {\n    table latency "latency.csv";')
    for name, limits in LIMITS.items():
        lines = "".join(f"  {limit};\n" for limit in limits)
        variant = re.sub(r"^limits \{\n.*?^\}", f"limits {{\n{lines}}}", text,
                         flags=re.S | re.M)
        with open(os.path.join(folder, name + ".nas"), "w",
                  encoding="utf-8") as file:
            file.write(variant)


if __name__ == "__main__":
    main()

# Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes raw data sets of random numbers into a folder: samples.bin with 240
images of 8×8×3 bytes in four classes of different brightness, alike.bin with as
many that are all alike, and index.csv, which says what they are."""

import pathlib
import random
import sys

COUNT, SIZE = 240, 8 * 8 * 3
folder = pathlib.Path(sys.argv[1])
generator = random.Random(3)
with open(folder / "samples.bin", "wb") as samples, \
        open(folder / "index.csv", "w", encoding="ascii") as index:
    index.write("label,split\n")
    for number in range(COUNT):
        label = number % 4
        samples.write(bytes(
            min(255, max(0, int(generator.gauss(50 + 50 * label, 30))))
            for _ in range(SIZE)))
        split = ("train" if number < 144 else
                 "validation" if number < 192 else "test")
        index.write(f"c{label},{split}\n")
(folder / "alike.bin").write_bytes(bytes([7]) * (COUNT * SIZE))

"""Writes 40 records of six float32 numbers and their index, whose lines are in
another order than the records, into a folder."""

import pathlib
import random
import struct
import sys

folder = pathlib.Path(sys.argv[1])
numbers = random.Random(1)
count = 40
(folder / "records.bin").write_bytes(
    b"".join(struct.pack("<f", numbers.gauss(0, 1)) for _ in range(6 * count))
)
lines = [
    f"{i},c{i % 3},{'train' if i % 4 else 'validation'}\n"
    for i in reversed(range(count))
]
(folder / "i.csv").write_text("id,label,split\n" + "".join(lines))
(folder / "some.csv").write_text("id,label,split\n" + "".join(lines[1:]))

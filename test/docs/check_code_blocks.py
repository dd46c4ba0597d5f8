#!/usr/bin/env python3
# Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks the code blocks of the documentation that are .nas files.

    check_code_blocks.py WORK MARKDOWN...

A block begins with a line of three backquotes and `nas`, and is a whole file
for `nasc --check`. More words on that line change this:

    error=NAS1007   the file must be rejected with this code
    warning=NAS3005 it must be accepted with this warning or remark
    in=space        the block is statements of a space with an input `image` of
                    28×28×1 and 10 classes
    in=limits       the block is limits of the space below
    in=search       the block is what stands in `search { … }` of that space
    name=FILE       other blocks of this document can import it as "FILE"
    data            the block needs files that may not be there: it is only
                    checked where `nasc` finds them
"""

import os
import re
import subprocess
import sys

FENCE = re.compile(r"^```nas\b(.*)$")
DEVICES = 'import "devices/stm32h743zi.nas";\n'
# The space that limits and searches in the documents speak of; the latter have
# choices for the training, too.
TRAINING = """  choice rate in 1e-4..1e-1 log points 25;
  choice batch in {32, 64, 128};
"""
SPACE = DEVICES + """
block separable(x, filters: int, kernel: int) {
  return x |> depthwise_conv2d(kernel) |> conv2d(filters, kernel = 1) |> relu;
}
block plain(x, filters: int, kernel: int) {
  return x |> conv2d(filters, kernel) |> relu;
}
space example(image: tensor[28, 28, 1]) -> classes(10) {
  choice stem in {8, 16, 24, 32};
  choice depth in 2..6;
%s  var x = image |> conv2d(filters = stem, kernel = 3, stride = 2);
  repeat i in 1..depth {
    choice width in {16, 24, 32, 48};
    choice kernel in {3, 5};
    choice stride in {1, 2};
    choice body in {separable, plain};
    x = body(x, width, kernel) |> max_pool(2, stride = stride, padding = same);
  }
  return x |> global_average_pool |> dense(units = 10);
}
"""


def blocks(path):
    """Yields the first line's number, the words and the text of each block."""
    words = None
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if words is None:
                match = FENCE.match(line)
                if match:
                    words, start, text = match.group(1).split(), number + 1, []
            elif line.startswith("```"):
                yield start, words, "".join(text)
                words = None
            else:
                text.append(line)


def wrap(text, kind):
    if kind == "space":
        return ("space example(image: tensor[28, 28, 1]) -> classes(10) {\n"
                + text + "}\n")
    if kind == "limits":
        return SPACE % "" + "limits {\n" + text + "}\n"
    if kind == "search":
        return SPACE % TRAINING + "search {\n" + text + "}\n"
    return text


def check(path, options, text):
    result = subprocess.run(["nasc", "--check", path], stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True)
    output = result.stdout
    code = options.get("error") or options.get("warning")
    expected = 1 if "error" in options else 0
    if result.returncode != expected:
        return f"exit code {result.returncode}, expected {expected}\n{output}"
    if code and f"[{code}]" not in output:
        return f"no {code}\n{output}"
    if not code and output.strip():
        return f"something was said\n{output}"
    return ""


def main():
    work, *documents = sys.argv[1:]
    count = failed = 0
    for document in documents:
        folder = os.path.join(work, os.path.basename(document))
        os.makedirs(folder, exist_ok=True)
        found = []
        for line, words, text in blocks(document):
            options = dict(word.partition("=")[::2] for word in words)
            name = options.get("name", f"line{line}.nas")
            path = os.path.join(folder, name)
            with open(path, "w", encoding="utf-8") as file:
                file.write(wrap(text, options.get("in", "")))
            found.append((line, path, options, text))
        for line, path, options, text in found:
            count += 1
            problem = check(path, options, text)
            missing = problem and re.search(r"\[NAS(4001|7001)\]", problem)
            if missing and "data" in options:
                print(f"skipped {document}:{line}: no data")
            elif problem:
                failed += 1
                print(f"FAILED {document}:{line}: {problem}")
    print(f"checked {count} blocks, {failed} failed")
    return 1 if failed or not count else 0


if __name__ == "__main__":
    sys.exit(main())

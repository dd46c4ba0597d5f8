#!/usr/bin/env python3
# Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks that the first specification in a document is an example's.

    check_readme_example.py README.md docs/examples/fashion_mnist.nas [--update]

Comments are left out of the document. With --update it is rewritten.
"""

import re
import sys

BLOCK = re.compile(r"(?<=^```nas name=fashion_mnist\.nas data\n).*?(?=^```)",
                   re.DOTALL | re.MULTILINE)


def without_comments(text):
    lines = []
    for line in text.splitlines():
        code = re.sub(r"\s*//.*", "", line)
        if code or not line.strip():
            lines.append(code)
    return "\n".join(lines).strip() + "\n"


def main():
    document, example, *options = sys.argv[1:]
    with open(document, encoding="utf-8") as file:
        text = file.read()
    with open(example, encoding="utf-8") as file:
        expected = without_comments(file.read())
    found = BLOCK.search(text)
    if not found:
        print(f"{document} has no block of {example}")
        return 1
    if found.group(0) == expected:
        print("the same")
        return 0
    if "--update" in options:
        with open(document, "w", encoding="utf-8") as file:
            file.write(text[:found.start()] + expected + text[found.end():])
        print("updated")
        return 0
    print(f"{document} shows another specification than {example}; "
          f"this script updates it with --update")
    return 1


if __name__ == "__main__":
    sys.exit(main())

# Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks the lists of files that a layer touches: check_layer_files.py ROOT

docs/architecture.md has a table for each of a few layers, whose heading names
the layer. The files of the table are those, and only those, that have one of
the names in them. Spaces and devices of the library, and explanations of
diagnostics, do not count.
"""

import os
import re
import sys

FOLDERS = ["dialects", "frontend", "passes", "runtime"]
HEADING = re.compile(r"^\| [^|]*\((`[^|)]+)\) \| file \|$")


def expand(path):
    """`a/{b,c}.cpp` as its paths."""
    match = re.search(r"\{([^}]*)\}", path)
    if not match:
        return [path]
    return [one for word in match.group(1).split(",")
            for one in expand(path[:match.start()] + word + path[match.end():])]


def tables(text):
    """The names and the files of each table."""
    lines = text.splitlines()
    for index, line in enumerate(lines):
        heading = HEADING.match(line)
        if not heading:
            continue
        files = set()
        for row in lines[index + 2:]:
            if not row.startswith("|"):
                break
            for path in re.findall(r"`([^`]+)`", row.rsplit("|", 2)[1]):
                files.update(expand(path))
        yield re.findall(r"`([^`]+)`", heading.group(1)), files


def main(root):
    with open(os.path.join(root, "docs", "architecture.md")) as page:
        lists = list(tables(page.read()))
    problems = [] if lists else ["docs/architecture.md has no such table"]
    for names, listed in lists:
        found = set()
        for top in FOLDERS:
            for folder, _, files in os.walk(os.path.join(root, top)):
                for name in files:
                    if not name.endswith((".h", ".cpp", ".td")):
                        continue
                    path = os.path.join(folder, name)
                    with open(path) as file:
                        text = file.read()
                    if any(one in text for one in names):
                        found.add(os.path.relpath(path, root))
        problems += ["%s: %s is not listed" % (names[0], path)
                     for path in sorted(found - listed)]
        problems += ["%s: %s is listed without need" % (names[0], path)
                     for path in sorted(listed - found)]
        print("%s: %d files" % (names[0], len(found)))
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

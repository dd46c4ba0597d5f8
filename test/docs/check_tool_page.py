# Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks that a page names every option of a tool: check_tool_page.py PAGE TOOL"""

import re
import subprocess
import sys

GENERIC = {"--help", "--help-list", "--version"}


def main(page, tool):
    text = subprocess.run([tool, "--help"], stdout=subprocess.PIPE, text=True,
                          check=True).stdout
    options = set(re.findall(r"^  (--?[a-z-]+)", text, re.MULTILINE)) - GENERIC
    values = set(re.findall(r"^    =(\w+)", text, re.MULTILINE))
    with open(page) as file:
        written = file.read()
    missing = sorted(word for word in options | values
                     if not re.search(r"(?<![\w-])%s(?![\w-])" % re.escape(word),
                                      written))
    if not options:
        missing.append("(no option was found in --help)")
    for word in missing:
        print("%s does not name %s" % (page, word))
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

# Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks who includes whom: check_layering.py ROOT

Every folder of the sources is listed with the folders whose headers it may
include; a folder that is not listed, an include that is not allowed, and an
entry that nobody needs any more are errors. So are headers of a library outside
the folder that hides it.
"""

import os
import re
import sys

# A name that ends with ".h" is one header: plain data of a folder that may not
# be included as a whole.
LAYERS = {
    "dialects/support": [],
    # Generators that run in the build.
    "dialects/tablegen": [],
    "dialects/cost": [],
    "dialects/nas": ["dialects/cost"],
    "dialects/search": ["dialects/nas"],
    # The catalogue of codes, and errors that carry them.
    "dialects/diagnostics": [],
    "frontend/diagnostics": [],
    "frontend/syntax": ["frontend/diagnostics"],
    # The analysis needs no MLIR.
    "frontend/analysis": ["frontend/diagnostics", "frontend/syntax",
                          "dialects/cost/Range.h", "dialects/nas/LayerTable.h",
                          "dialects/nas/TargetNames.h"],
    "frontend/translation": ["frontend/analysis", "frontend/diagnostics",
                             "dialects/cost", "dialects/nas",
                             "dialects/search"],
    "frontend": ["frontend/analysis", "frontend/syntax",
                 "frontend/translation"],
    # The planner of arenas needs neither MLIR nor anything of nasc.
    "passes/arena": [],
    "passes/cost": ["dialects/cost"],
    "passes/counting": ["passes/cost"],
    "passes/transforms": ["dialects/cost", "dialects/nas", "dialects/search"],
    "passes/feasibility": ["dialects/cost", "dialects/nas", "passes/cost",
                           "passes/counting", "passes/transforms"],
    "passes/lowering": ["dialects/nas", "passes/arena", "passes/transforms"],
    "passes/quantization": ["dialects/nas", "passes/lowering",
                            "passes/transforms"],
    "passes/kernels": ["passes/arena", "passes/lowering"],
    # The printer of loops as C knows no kernels.
    "passes/kernels/c99": [],
    "runtime/network": ["dialects/nas", "passes/transforms"],
    "runtime/train": ["runtime/network"],
    "runtime/data": ["runtime/train"],
    "runtime/study": [],
    "runtime/report": [],
    "runtime/onnx": ["dialects/cost", "dialects/nas", "passes/quantization",
                     "passes/transforms", "runtime/network"],
    "runtime/search": ["dialects/nas", "dialects/search", "passes/cost",
                       "passes/counting", "passes/feasibility",
                       "passes/transforms", "runtime/network", "runtime/study",
                       "runtime/train"],
    "runtime/deploy": ["dialects/search", "passes/kernels",
                       "passes/kernels/c99", "passes/lowering",
                       "passes/quantization", "runtime/network",
                       "runtime/onnx", "runtime/search", "runtime/study",
                       "runtime/train"],
    "runtime/results": ["passes/cost", "passes/feasibility",
                        "passes/transforms", "runtime/deploy",
                        "runtime/report", "runtime/search"],
    "tools/nas-plan": ["passes/arena"],
    "tools/nas-opt": ["dialects/cost", "dialects/nas", "dialects/search",
                      "passes/cost", "passes/feasibility", "passes/kernels",
                      "passes/lowering", "passes/quantization",
                      "passes/transforms"],
    "tools/nasc": ["dialects/nas", "dialects/search", "frontend",
                   "frontend/analysis", "frontend/diagnostics",
                   "frontend/syntax", "frontend/translation", "passes/feasibility", "passes/kernels", "passes/lowering",
                   "passes/transforms", "runtime/data", "runtime/deploy",
                   "runtime/network", "runtime/onnx", "runtime/results",
                   "runtime/search", "runtime/study", "runtime/train"],
}

# The first part of an include of a library, and the folder that hides it.
LIBRARIES = {
    "torch": "runtime/train", "ATen": "runtime/train", "c10": "runtime/train",
    "z3++.h": "passes/feasibility", "z3.h": "passes/feasibility",
    "antlr4-runtime.h": "frontend/syntax", "NasParser.h": "frontend/syntax",
    "NasLexer.h": "frontend/syntax",
    "sqlite3.h": "runtime/study", "zlib.h": "runtime/data",
    "onnx": "runtime/onnx", "google": "runtime/onnx",
    "pagmo": "runtime/search", "boost": "passes/counting",
}

# What is written without IR does not see it.
WITHOUT_MLIR = ["dialects/support", "frontend/diagnostics", "frontend/syntax", "frontend/analysis",
                "passes/arena", "passes/counting", "runtime/train",
                "runtime/data", "runtime/study", "runtime/report"]

# What every layer may use.
EVERYWHERE = ["dialects/support", "dialects/diagnostics"]

TOPS = {layer.split("/")[0] for layer in LAYERS}


def main(root):
    problems = []
    used = {layer: set() for layer in LAYERS}
    for top in sorted(TOPS):
        for folder, folders, files in os.walk(os.path.join(root, top)):
            folders.sort()
            name = os.path.relpath(folder, root).replace(os.sep, "/")
            for file in sorted(files):
                if not file.endswith((".h", ".cpp")):
                    continue
                if name not in LAYERS:
                    problems.append("%s: the folder of %s is in no layer"
                                    % (name, file))
                    continue
                with open(os.path.join(folder, file)) as text:
                    includes = re.findall(r'^#include [<"]([^>"]+)', text.read(),
                                          re.MULTILINE)
                for include in includes:
                    check(name, file, include, used, problems)
    for layer, allowed in LAYERS.items():
        for other in allowed:
            if other not in used[layer]:
                problems.append("%s includes nothing of %s any more"
                                % (layer, other))
    for problem in problems:
        print(problem)
    if not problems:
        print("layers: as they should be")
    return 1 if problems else 0


def check(name, file, include, used, problems):
    first = include.split("/")[0]
    owner = LIBRARIES.get(first)
    if owner and owner != name:
        problems.append("%s/%s includes <%s>, which only %s may see"
                        % (name, file, include, owner))
    if first == "mlir" and name in WITHOUT_MLIR:
        problems.append("%s/%s includes <%s>, but needs no MLIR"
                        % (name, file, include))
    if first not in TOPS:
        return
    folder = include.rsplit("/", 1)[0]
    if folder == name or folder in EVERYWHERE:
        return
    for allowed in (include, folder):
        if allowed in LAYERS[name]:
            used[name].add(allowed)
            return
    problems.append("%s/%s includes %s, which is no layer below"
                    % (name, file, include))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

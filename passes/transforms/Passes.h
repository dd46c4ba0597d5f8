//===- Passes.h - Passes over search spaces ---------------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// From a space as written to its cost function and its networks; see
// Passes.td.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_TRANSFORMS_PASSES_H
#define NASC_PASSES_TRANSFORMS_PASSES_H

#include "dialects/nas/Nas.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace nasc {

#define GEN_PASS_DECL
#include "passes/transforms/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "passes/transforms/Passes.h.inc"

} // namespace nasc

#endif // NASC_PASSES_TRANSFORMS_PASSES_H

//===- Passes.h - Passes that make kernels of networks ----------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Creation and registration of the passes of Passes.td, where each is
// described.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_KERNELS_PASSES_H
#define NASC_PASSES_KERNELS_PASSES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"
#include "passes/kernels/MemoryPlan.h"
#include <memory>

namespace nasc {

#define GEN_PASS_DECL
#include "passes/kernels/Passes.h.inc"

/// Generates registerNascKernelsPasses() and one function for each pass.
#define GEN_PASS_REGISTRATION
#include "passes/kernels/Passes.h.inc"

/// Emits, at the end of the module, the function that runs the network by the
/// plan, with the kernels and constants that it needs: what
/// convert-quantized-tosa-to-kernels does after planning.
mlir::func::FuncOp emitKernels(mlir::ModuleOp module,
                               const QuantizedNetwork &network,
                               const KernelSet &kernels, const MemoryPlan &plan,
                               int64_t alignment, bool profile,
                               bool isUnsigned);

} // namespace nasc

#endif // NASC_PASSES_KERNELS_PASSES_H

//===- KernelNeeds.h - What the 8-bit kernels need --------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a layer of a space will need of the kernels that passes/kernels emits,
// as expressions of the choices: which kernels, constants, scratch memory, and
// whether its result can take the place of its input. The plain kernels are the
// definition; test/benchmarks/firmware_agreement compares the two on linked
// firmware.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_TRANSFORMS_KERNELNEEDS_H
#define NASC_PASSES_TRANSFORMS_KERNELNEEDS_H

#include "dialects/nas/Nas.h"

namespace nasc {

/// Memory of a layer while it runs, as expressions.
struct LayerMemory {
  /// Bytes beside its tensors where the result has a place of its own.
  mlir::Value scratch;
  /// Whether the result can take the place of the first operand (of any, for a
  /// sum): a condition, or null if it never can.
  mlir::Value overwrites;
  /// Bytes beside its tensors where it does.
  mlir::Value overwritingScratch;
};

/// What a layer needs.
struct KernelNeeds {
  /// Names of getKernelNames() that an architecture may need for it.
  llvm::SmallVector<llvm::StringRef> kernels;
  /// Calls of kernels, at most.
  int64_t calls = 1;
  /// Bytes of tables, beside weights and what each channel has.
  mlir::Value tables;
  LayerMemory memory;
};

/// The needs of a layer that runs by itself. `inputs` and `result` are its
/// shapes. With `isQuantizedElsewhere` the network's integers come from a file,
/// which may have any: some layers then need other forms of their kernels.
KernelNeeds kernelNeeds(nas::LayerOpInterface layer,
                        cost::ExpressionBuilder &expressions,
                        llvm::ArrayRef<nas::Shape> inputs,
                        const nas::Shape &result, bool isQuantizedElsewhere);

/// The needs of an activation that another layer takes in: of those that are no
/// bounds, a table. Nothing for other layers.
std::optional<KernelNeeds>
kernelNeedsOfFused(nas::LayerOpInterface layer,
                   cost::ExpressionBuilder &expressions);

/// The needs of reading a space's samples.
KernelNeeds kernelNeedsOfInput(nas::SpaceOp space,
                               cost::ExpressionBuilder &expressions);

} // namespace nasc

#endif // NASC_PASSES_TRANSFORMS_KERNELNEEDS_H

//===- KernelSet.h - The kernels of a kind of machine -----------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// How the steps of a quantised network are computed on a kind of machine. A set
// says what memory a step needs beside its tensors and whether it can write
// over its input, so that the memory can be planned, and emits functions for
// the steps. Layers share functions: shapes are arguments.
//
// All sets compute the same numbers. A further set is a further subclass.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_KERNELS_KERNELSET_H
#define NASC_PASSES_KERNELS_KERNELSET_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "passes/kernels/QuantizedNetwork.h"

namespace nasc {

/// Where the operands of a step are: values of type `memref<?xi8>`.
struct StepBuffers {
  llvm::SmallVector<mlir::Value> inputs;
  mlir::Value output;
  /// Null if the step needs none.
  mlir::Value scratch;
  /// Whether the output begins where one of the inputs does.
  bool overwrites = false;
};

/// The kernels of a kind of machine.
class KernelSet {
public:
  virtual ~KernelSet() = default;

  /// Bytes of memory that the step needs beside its tensors while it runs, if
  /// it writes over one of its inputs (`overwrites`) and if not.
  virtual int64_t getScratchBytes(const QuantizedNetwork &network,
                                  const NetworkStep &step,
                                  bool overwrites) const = 0;

  /// Whether the step may write its result over its input number `input`, from
  /// the same address on.
  virtual bool canOverwrite(const QuantizedNetwork &network,
                            const NetworkStep &step, unsigned input) const = 0;

  /// Emits the calls that compute the step at the builder's insertion point,
  /// and, at the module's beginning, the functions and constants that they need
  /// and the module does not have yet.
  virtual void emitStep(mlir::OpBuilder &builder, mlir::ModuleOp module,
                        const QuantizedNetwork &network,
                        const NetworkStep &step,
                        const StepBuffers &buffers) const = 0;
};

/// Loops of scalar operations for every machine.
class PlainKernels final : public KernelSet {
public:
  int64_t getScratchBytes(const QuantizedNetwork &network,
                          const NetworkStep &step,
                          bool overwrites) const override;
  bool canOverwrite(const QuantizedNetwork &network, const NetworkStep &step,
                    unsigned input) const override;
  void emitStep(mlir::OpBuilder &builder, mlir::ModuleOp module,
                const QuantizedNetwork &network, const NetworkStep &step,
                const StepBuffers &buffers) const override;
};

} // namespace nasc

#endif // NASC_PASSES_KERNELS_KERNELSET_H

//===- QuantizedPipeline.h - 8-bit networks to machine code -----*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_KERNELS_QUANTIZEDPIPELINE_H
#define NASC_PASSES_KERNELS_QUANTIZEDPIPELINE_H

#include "passes/lowering/TargetPipeline.h"

namespace nasc {

/// int8 on every machine that LLVM generates code for. Its form between TOSA
/// and LLVM is kernels of loops instead of linalg.
class QuantizedPipeline final : public TargetPipeline {
public:
  /// On machines without an operating system code is optimised for size.
  explicit QuantizedPipeline(std::unique_ptr<llvm::TargetMachine> machine,
                             int64_t alignment = 16, bool profile = false);

  void buildTosaToLinalg(mlir::OpPassManager &manager) const override;
  void buildLinalgToLLVM(mlir::OpPassManager &manager) const override;
  const llvm::TargetMachine &getTargetMachine() const override {
    return *machine;
  }

private:
  std::unique_ptr<llvm::TargetMachine> machine;
  int64_t alignment;
  bool profile;
};

/// The pipeline for a precision (`float32`, `int8`) and a target. Errors as
/// createTargetMachine, and a precision that has no pipeline.
llvm::Expected<std::unique_ptr<TargetPipeline>>
createTargetPipeline(llvm::StringRef precision,
                     const TargetDescription &description);

} // namespace nasc

#endif // NASC_PASSES_KERNELS_QUANTIZEDPIPELINE_H

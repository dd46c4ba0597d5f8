//===- TargetPipeline.h - From a TOSA network to machine code ---*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The lowering of a network in stages: TOSA, linalg, LLVM, and a file of
// assembly or object code. Every stage's output can be printed and is accepted
// by the next one.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_LOWERING_TARGETPIPELINE_H
#define NASC_PASSES_LOWERING_TARGETPIPELINE_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"
#include "passes/lowering/TileChoice.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/Error.h"
#include "llvm/Target/TargetMachine.h"
#include <memory>
#include <string>

namespace nasc {

/// What machine to generate code for.
struct TargetDescription {
  /// LLVM's target triple; empty is the machine nasc runs on.
  std::string triple;
  /// As `-mcpu`; "native" is the processor nasc runs on, for its own triple.
  std::string cpu = "native";
  /// As `-mattr`: "+avx2,-fma"; added to what the processor has.
  std::string features;
};

/// The stages at which lowering can stop.
enum class LoweringStage { Tosa, Linalg, LLVM, Assembly, Object };

/// The way of one precision to one kind of machine. A further target is a
/// further subclass, and a line in createTargetPipeline.
class TargetPipeline {
public:
  virtual ~TargetPipeline() = default;

  /// Adds the passes from TOSA to linalg on tensors.
  virtual void buildTosaToLinalg(mlir::OpPassManager &manager) const = 0;
  /// Adds the passes from linalg on tensors to the LLVM dialect. The function
  /// then takes pointers: its inputs, its outputs, the arena; it carries
  /// `nasc.arena_bytes`.
  virtual void buildLinalgToLLVM(mlir::OpPassManager &manager) const = 0;
  /// What code is generated for.
  virtual const llvm::TargetMachine &getTargetMachine() const = 0;

  /// Lowers a module in place from one stage to a later one, at most LLVM. On
  /// failure diagnostics have been emitted.
  llvm::LogicalResult lower(mlir::ModuleOp module, LoweringStage from,
                            LoweringStage to) const;

  /// Translates a module of the LLVM dialect into assembly text or an object
  /// file, optimised at -O3, position independent where there is an operating
  /// system. The module stays as it is.
  llvm::Expected<llvm::SmallString<0>> emit(mlir::ModuleOp module,
                                            LoweringStage stage) const;
};

/// float32 on processors with vector registers: x86-64 with AVX-512, AVX2 or
/// SSE, and any other LLVM target with 128-bit vectors.
class Float32Pipeline final : public TargetPipeline {
public:
  explicit Float32Pipeline(std::unique_ptr<llvm::TargetMachine> machine);

  void buildTosaToLinalg(mlir::OpPassManager &manager) const override;
  void buildLinalgToLLVM(mlir::OpPassManager &manager) const override;
  const llvm::TargetMachine &getTargetMachine() const override {
    return *machine;
  }
  const VectorUnit &getVectorUnit() const { return unit; }

private:
  std::unique_ptr<llvm::TargetMachine> machine;
  VectorUnit unit;
};

/// A target machine for the description. Errors: an unknown triple, or a
/// processor or feature that the target does not have.
llvm::Expected<std::unique_ptr<llvm::TargetMachine>>
createTargetMachine(const TargetDescription &description);

/// The vector unit of a processor, from its features.
VectorUnit getVectorUnit(const llvm::TargetMachine &machine);

} // namespace nasc

#endif // NASC_PASSES_LOWERING_TARGETPIPELINE_H

//===- CostCompiler.h - Cost programs as machine code -----------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Compiles a cost program to a function of this machine that costs many
// architectures at once: some ten million a second and core for spaces of
// tens of choices, some tens of milliseconds after the call of `compile`.
//
// The program is emitted as `func`/`arith` on vectors (ArithEmission.h),
// lowered by MLIR and compiled without LLVM's optimiser: the vectors are
// explicit, so the optimiser has little to add and would take most of the time.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_COST_COSTCOMPILER_H
#define NASC_PASSES_COST_COSTCOMPILER_H

#include "passes/cost/Architecture.h"
#include "passes/cost/ArithEmission.h"

#include "llvm/Support/Error.h"

#include <memory>

namespace nasc::cost {

/// Architectures in the layout that compiled functions read: one row of
/// positions for each choice. Positions that were not set are zero.
class ArchitectureBatch {
public:
  /// Room for `capacity` architectures of the program's space.
  ArchitectureBatch(const CostProgram &program, size_t capacity);

  size_t getCapacity() const { return capacity; }
  /// The number of architectures that are evaluated.
  size_t size() const { return count; }
  /// `newSize` is at most the capacity.
  void resize(size_t newSize);

  /// Sets the positions of the architecture at `index < size()`.
  void set(size_t index, llvm::ArrayRef<uint16_t> positions);
  /// Adds one; the batch must not be full.
  void append(llvm::ArrayRef<uint16_t> positions) {
    resize(count + 1);
    set(count - 1, positions);
  }
  uint16_t get(size_t index, uint32_t choice) const;

private:
  friend class CompiledCosts;
  size_t numChoices;
  size_t capacity;
  /// Architectures from one row to the next: the capacity rounded up.
  size_t stride;
  size_t count = 0;
  unsigned bytes;
  std::vector<uint8_t> storage;
};

/// What a compiled function computed of a batch.
class CostBatch {
public:
  /// The metrics and limits are those of the program, in its order.
  int64_t metric(uint32_t number, size_t index) const {
    return rows[number * stride + index];
  }
  bool limit(uint32_t number, size_t index) const {
    return rows[(numMetrics + number) * stride + index] != 0;
  }
  bool isFeasible(size_t index) const {
    return rows[(numOutputs - 1) * stride + index] != 0;
  }

private:
  friend class CompiledCosts;
  size_t numMetrics = 0;
  size_t numOutputs = 0;
  size_t stride = 0;
  std::vector<int64_t> rows;
};

struct CostCompilerOptions {
  ArithEmissionOptions emission;
  /// Runs LLVM's optimiser and its better code generator: ten times slower to
  /// compile, somewhat faster code, for counts that take minutes.
  bool optimize = false;
};

/// Machine code of one program. Evaluation is const and may be done by several
/// threads at once, each with its own batches.
class CompiledCosts {
public:
  /// Fails where this machine cannot be compiled for. The program is not kept.
  static llvm::Expected<CompiledCosts>
  compile(const CostProgram &program, const CostCompilerOptions &options = {});

  CompiledCosts(CompiledCosts &&);
  CompiledCosts &operator=(CompiledCosts &&);
  ~CompiledCosts();

  /// Computes the outputs of all architectures of a batch made for the same
  /// program. `costs` is resized; reuse it to save the allocation. If only
  /// feasibility was compiled, only that may be read.
  void evaluate(const ArchitectureBatch &batch, CostBatch &costs) const;

private:
  struct Implementation;
  explicit CompiledCosts(std::unique_ptr<Implementation> implementation);
  std::unique_ptr<Implementation> implementation;
};

} // namespace nasc::cost

#endif // NASC_PASSES_COST_COSTCOMPILER_H

//===- Pipelines.h - The way of a space to its costs ------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Named pipelines, which the command, nas-opt and the stages of a search use
// alike.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_FEASIBILITY_PIPELINES_H
#define NASC_PASSES_FEASIBILITY_PIPELINES_H

#include "mlir/Pass/PassManager.h"

namespace nasc {

/// `nas-to-expanded`: a space as written to one with blocks inlined, rounds
/// unrolled, and the shapes of all tensors.
void buildExpandedPipeline(mlir::OpPassManager &manager);

/// `nas-to-checked`: the same, and the proof that the shapes of every
/// architecture fit together. `seconds` is the time for each condition.
void buildCheckedPipeline(mlir::OpPassManager &manager, double seconds = 20);

/// `nas-to-cost`: the same, and the cost function of each space.
void buildCostPipeline(mlir::OpPassManager &manager);

/// Makes them known by their names to nas-opt.
void registerSpacePipelines();

} // namespace nasc

#endif // NASC_PASSES_FEASIBILITY_PIPELINES_H

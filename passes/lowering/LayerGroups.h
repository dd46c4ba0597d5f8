//===- LayerGroups.h - Operations computed in one loop nest -----*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Finds the linalg operations that linalg-vectorize-layers computes together: a
// reduction with what it starts from and what is done with each of its
// results.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_LOWERING_LAYERGROUPS_H
#define NASC_PASSES_LOWERING_LAYERGROUPS_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "llvm/ADT/SmallVector.h"

namespace nasc {

/// An element-wise operation of a group, with the operand (its number) that is
/// the result of the group's previous operation; -1 for the first operation of
/// a group without a reduction.
struct ElementwiseStep {
  mlir::linalg::GenericOp op;
  int chainOperand = -1;
};

/// Operations that are computed tile by tile in one loop nest.
struct LayerGroup {
  /// Convolution, matrix product or pooling; null if there is none.
  mlir::linalg::LinalgOp reduction;
  /// What gives the reduction's first accumulators, if it is a fill or an
  /// element-wise operation that nothing else uses; otherwise they are read
  /// from the reduction's destination.
  mlir::linalg::LinalgOp initializer;
  /// Applied to the reduction's result, in order.
  llvm::SmallVector<ElementwiseStep, 2> steps;

  /// The last operation, whose result is the group's result.
  mlir::linalg::LinalgOp last() {
    if (steps.empty())
      return reduction;
    return mlir::cast<mlir::linalg::LinalgOp>(steps.back().op.getOperation());
  }
  /// The operand that names the tensor the result is written to.
  mlir::OpOperand *destination();
};

/// Whether the operation is an element-wise one that can be computed on
/// vectors of its last dimension: static shapes, one result, in which the
/// output's previous contents play no role.
bool isVectorizableElementwise(mlir::linalg::LinalgOp op);

/// Whether the operation is a reduction that linalg-vectorize-layers knows.
bool isVectorizableReduction(mlir::linalg::LinalgOp op);

/// Whether operand number `index` of an element-wise operation has the shape
/// of the result and is read exactly where the result is written.
bool isReadInPlace(mlir::linalg::GenericOp op, unsigned index);

/// All groups of a block, in the order of their last operations. Operations
/// that belong to no group are counted in `left`.
llvm::SmallVector<LayerGroup> findLayerGroups(mlir::Block &block,
                                              unsigned &left);

} // namespace nasc

#endif // NASC_PASSES_LOWERING_LAYERGROUPS_H

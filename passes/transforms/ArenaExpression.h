//===- ArenaExpression.h - The size of an arena, as an expression -*- C++
//-*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A plan of the activations of every architecture of a space in one arena: a
// stack with two ends, as the description of nas-derive-costs explains it. The
// plan is constructive, so the size is an upper bound of what the best plan
// needs.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_TRANSFORMS_ARENAEXPRESSION_H
#define NASC_PASSES_TRANSFORMS_ARENAEXPRESSION_H

#include "dialects/nas/Nas.h"
#include "passes/transforms/KernelNeeds.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SetVector.h"

namespace nasc {

/// What the plan has to know of a space and its target.
struct ArenaProblem {
  /// The sizes of a tensor.
  llvm::function_ref<nas::Shape(mlir::Value)> shapeOf;
  /// Whether an architecture has the operation.
  llvm::function_ref<mlir::Value(mlir::Operation *)> activityOf;
  /// What a layer needs beside its tensors while it runs, and whether it can
  /// write over its input.
  llvm::function_ref<LayerMemory(nas::LayerOpInterface)> memoryOf;
  int64_t elementBytes = 1;
  /// Of each tensor's beginning, in bytes.
  int64_t alignment = 1;
};

/// Builds the size of the arena.
class ArenaExpression {
public:
  ArenaExpression(nas::SpaceOp space, cost::ExpressionBuilder &expressions,
                  const ArenaProblem &problem);

  /// The bytes of the arena that every architecture can run in.
  mlir::Value size() const { return total; }

  /// The bytes of the arena that are in use while the layer runs; zero for
  /// layers that do not run by themselves.
  mlir::Value inUse(nas::LayerOpInterface layer) const {
    return perLayer.lookup(layer.getOperation());
  }

  /// Where a tensor is. Tensors of one `base` are at the same end if their
  /// `opposite` agrees; of different bases it is not known.
  struct Placement {
    int base = 0;
    bool opposite = false;
    mlir::Value offset;
    mlir::Value size;
  };

  /// The stored tensors in the order of the layers that write them; a tensor
  /// written over another has the other's placement.
  llvm::ArrayRef<std::pair<mlir::Value, Placement>> getPlacements() const {
    return order;
  }
  /// The operations that read a stored tensor.
  llvm::ArrayRef<mlir::Operation *> readersOf(mlir::Value tensor) const {
    auto found = readers.find(tensor);
    if (found == readers.end())
      return {};
    return found->second;
  }

private:
  enum class Side { Same, Opposite, Unknown };

  void visitBlock(mlir::Block &block);
  void visitLayer(nas::LayerOpInterface layer);
  void visitAlternatives(mlir::Operation *op);
  void collectReaders(mlir::Block &block);

  static Side sideOf(const Placement &a, const Placement &b);
  mlir::Value endOf(const Placement &placement);
  mlir::Value sizeOf(mlir::Value tensor);
  bool isLiveAfter(mlir::Value tensor, mlir::Operation *op) const;
  bool canBeOverwritten(mlir::Value tensor, mlir::Operation *op) const;

  cost::ExpressionBuilder &expressions;
  const ArenaProblem &problem;
  mlir::Value total;
  int nextBase = 1;
  llvm::DenseMap<mlir::Operation *, unsigned> positions;
  llvm::DenseMap<mlir::Value, llvm::SmallVector<mlir::Operation *>> readers;
  llvm::DenseMap<mlir::Value, Placement> placements;
  /// Tensors outside of a conditional part whose storage its result may share.
  llvm::DenseMap<mlir::Value, llvm::SmallSetVector<mlir::Value, 2>> aliases;
  /// Stored tensors that are visible where the walk is.
  llvm::SmallVector<mlir::Value> visible;
  llvm::DenseMap<mlir::Operation *, mlir::Value> perLayer;
  llvm::SmallVector<std::pair<mlir::Value, Placement>, 16> order;
};

} // namespace nasc

#endif // NASC_PASSES_TRANSFORMS_ARENAEXPRESSION_H

//===- ScalarZone.h - The scalars of an expanded space ----------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An expanded space begins with its scalars: choices, cost expressions, real
// constants. They dominate every layer, so an expression appended to them can
// be used by any.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_TRANSFORMS_SCALARZONE_H
#define NASC_PASSES_TRANSFORMS_SCALARZONE_H

#include "dialects/nas/Nas.h"

namespace nasc {

/// Whether the operation is a scalar: pure, without tensors.
bool isScalar(mlir::Operation *op);

/// Whether every scalar stands at the beginning of the space and no call or
/// repetition is left.
bool isExpanded(nas::SpaceOp space);

/// The end of the scalars in the space's body.
mlir::Block::iterator endOfScalars(nas::SpaceOp space);

/// Infers the ranges of all scalars of the space again, in order; after
/// domains of choices have been narrowed.
void refineScalarRanges(nas::SpaceOp space);

/// The choices of an expanded space in their order.
llvm::SmallVector<nas::ChoiceOp> choicesOf(nas::SpaceOp space);

/// Moves the scalars of a space into a function, where its choices become
/// cost.choice and their conditions cost.activity; what the function does not
/// state is dropped. The space is of no use afterwards.
void moveScalars(nas::SpaceOp space, cost::FunctionOp function);

} // namespace nasc

#endif // NASC_PASSES_TRANSFORMS_SCALARZONE_H

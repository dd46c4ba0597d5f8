//===- NarrowChoices.h - Takes values out of domains in IR ------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Removes values from the domains of choices in cost functions and in spaces.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_FEASIBILITY_NARROWCHOICES_H
#define NASC_PASSES_FEASIBILITY_NARROWCHOICES_H

#include "dialects/cost/Cost.h"
#include "dialects/nas/Nas.h"

#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/StringMap.h"

namespace nasc::feasibility {

/// For each choice, by name, which positions of its domain stay. At least one
/// of each; a choice that is active in no feasible architecture keeps its
/// first.
using KeptPositions = llvm::StringMap<llvm::BitVector>;

/// Narrows the `cost.choice`s of a function, and the stated ranges of all
/// values that depend on them. Symbolic and real choices keep the numbers that
/// their values had. Returns how many choices were narrowed.
unsigned narrowFunction(cost::FunctionOp function, const KeptPositions &kept);

/// Narrows the choices of an expanded space, and references to them. The result
/// of a symbolic choice becomes the position in the shorter list; its users go
/// on seeing the old position, through selections. Choices whose domain has not
/// the size that is expected are left alone.
unsigned narrowSpace(nas::SpaceOp space, const KeptPositions &kept);

} // namespace nasc::feasibility

#endif // NASC_PASSES_FEASIBILITY_NARROWCHOICES_H

//===- Cost.h - The cost dialect --------------------------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Integer expressions over the choices of a search space: what an
// architecture costs and which limits it meets. See CostOps.td.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_DIALECTS_COST_COST_H
#define NASC_DIALECTS_COST_COST_H

#include "dialects/cost/Range.h"

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/RegionKindInterface.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/cost/CostDialect.h.inc"
#include "dialects/cost/CostEnums.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/cost/CostAttributes.h.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/cost/CostTypes.h.inc"

#define GET_OP_CLASSES
#include "dialects/cost/CostOps.h.inc"

namespace nasc::cost {

/// The range that the type of a cost value states.
Range rangeOf(mlir::Value value);

/// The number that a value is known to be, from its range or its defining
/// constant.
std::optional<int64_t> constantOf(mlir::Value value);

/// The integer type with that range.
IntegerType integerType(mlir::MLIRContext *context, Range range);

/// Computes again the range of every result of `op` from the ranges of its
/// operands, for operations that infer their types; used when an operand has
/// been replaced by one of another range.
void refineResultRanges(mlir::Operation *op);

} // namespace nasc::cost

#endif // NASC_DIALECTS_COST_COST_H

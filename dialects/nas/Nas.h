//===- Nas.h - The nas dialect ----------------------------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Search spaces and what surrounds them: datasets, devices, limits. See
// NasBase.td, NasLayers.td and NasOps.td.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_DIALECTS_NAS_NAS_H
#define NASC_DIALECTS_NAS_NAS_H

#include "dialects/cost/Cost.h"
#include "dialects/nas/Domain.h"
#include "dialects/nas/Layer.h"
#include "dialects/nas/LayerTable.h"

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/RegionKindInterface.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/nas/NasDialect.h.inc"
#include "dialects/nas/NasEnums.h.inc"
#include "dialects/nas/NasInterfaces.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/nas/NasAttributes.h.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/nas/NasTypes.h.inc"

#define GET_OP_CLASSES
#include "dialects/nas/NasOps.h.inc"

namespace nasc::nas {

/// The operand that gives a layer one of its numbers; null for a layer without.
mlir::Value operandOf(LayerOpInterface layer, LayerField field);

/// The padding at the beginning and at the end that TensorFlow's `same` means
/// for an input of `size`.
std::pair<int64_t, int64_t> samePadding(int64_t size, int64_t kernel,
                                        int64_t stride);

} // namespace nasc::nas

#endif // NASC_DIALECTS_NAS_NAS_H

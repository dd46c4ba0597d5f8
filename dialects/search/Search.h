//===- Search.h - The search dialect ----------------------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Searches as pipelines of typed stages. See SearchOps.td.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_DIALECTS_SEARCH_SEARCH_H
#define NASC_DIALECTS_SEARCH_SEARCH_H

#include "dialects/nas/Nas.h"

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/RegionKindInterface.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/search/SearchDialect.h.inc"
#include "dialects/search/SearchEnums.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/search/SearchAttributes.h.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/search/SearchTypes.h.inc"

#define GET_OP_CLASSES
#include "dialects/search/SearchOps.h.inc"

#endif // NASC_DIALECTS_SEARCH_SEARCH_H

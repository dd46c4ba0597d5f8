//===- LayerArguments.h - Layers between IR and plain data ------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Both directions go through the table of layers (dialects/nas/LayerTable.h),
// so that one is the inverse of the other for every layer.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_RUNTIME_NETWORK_LAYERARGUMENTS_H
#define NASC_RUNTIME_NETWORK_LAYERARGUMENTS_H

#include "dialects/nas/Nas.h"
#include "runtime/network/NetworkDescription.h"

#include "mlir/IR/Builders.h"

namespace nasc {

/// Sets the kind of `layer` and the fields that the arguments of the operation
/// give. Fails, after an error at the operation, where a number is not bound or
/// padding is not explicit.
llvm::LogicalResult readArguments(nas::LayerOpInterface op,
                                  NetworkLayer &layer);

/// Builds the operation of a layer other than the input, with constants for its
/// numbers. `inputs` are its tensors.
nas::LayerOpInterface buildLayer(cost::ExpressionBuilder &scalars,
                                 mlir::Location loc, const NetworkLayer &layer,
                                 mlir::ValueRange inputs);

} // namespace nasc

#endif // NASC_RUNTIME_NETWORK_LAYERARGUMENTS_H

//===- NetworkExtraction.h - A specialised space as plain data --*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_RUNTIME_NETWORK_NETWORKEXTRACTION_H
#define NASC_RUNTIME_NETWORK_NETWORKEXTRACTION_H

#include "dialects/nas/Nas.h"
#include "runtime/network/NetworkDescription.h"

#include "mlir/IR/BuiltinOps.h"

namespace nasc {

/// The network that a specialised space is (nas-specialize). Fails, after an
/// error at the operation, where a shape is not static or a number not bound.
llvm::FailureOr<NetworkDescription> extractNetwork(nas::SpaceOp space);

/// Adds the weights to the module as `nas.weights`, in place of those that it
/// has.
void attachWeights(mlir::ModuleOp module, const NetworkWeights &weights);

/// The weights that the module has; elements that are not float32 are an error
/// at the operation.
llvm::FailureOr<NetworkWeights> detachWeights(mlir::ModuleOp module);

} // namespace nasc

#endif // NASC_RUNTIME_NETWORK_NETWORKEXTRACTION_H

//===- SpaceFromNetwork.h - IR of networks for tests ------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Builds the specialised space of a network that is given as data, and brings
// networks the whole way to code that runs in the test.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_TEST_UNIT_LOWERING_SPACEFROMNETWORK_H
#define NASC_TEST_UNIT_LOWERING_SPACEFROMNETWORK_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "passes/lowering/CompiledNetwork.h"
#include "runtime/network/NetworkDescription.h"
#include "llvm/Support/Error.h"
#include <memory>
#include <string>

namespace nasc::test {

/// A context with every dialect that lowering needs.
std::unique_ptr<mlir::MLIRContext> makeLoweringContext();

/// A module with the network as a `nas.space` named `name` and its weights. A
/// dataset operation as text (`nas.dataset @data …`) is put before it.
mlir::OwningOpRef<mlir::ModuleOp>
makeSpaceModule(mlir::MLIRContext &context, const NetworkDescription &network,
                const NetworkWeights &weights, const std::string &name = "net",
                const std::string &dataset = "");

/// Lowers a network to an object for the host, with the given changes to the
/// processor's features.
llvm::Expected<NetworkObject>
compileForTest(const NetworkDescription &network, const NetworkWeights &weights,
               const TargetDescription &target = {},
               const std::string &dataset = "");

} // namespace nasc::test

#endif // NASC_TEST_UNIT_LOWERING_SPACEFROMNETWORK_H

//===- count-layers.cpp - A user of nasc's dialects -----------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Reads a space, expands it with nasc's own pass, and counts its layers.
//
//===----------------------------------------------------------------------===//

#include "dialects/cost/Cost.h"
#include "dialects/nas/Nas.h"
#include "dialects/search/Search.h"
#include "passes/transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"

int main(int argc, char **argv) {
  if (argc != 2)
    return 2;
  mlir::MLIRContext context;
  context.loadDialect<nasc::nas::NasDialect, nasc::cost::CostDialect,
                      nasc::search::SearchDialect, mlir::arith::ArithDialect>();
  auto module = mlir::parseSourceFile<mlir::ModuleOp>(argv[1], &context);
  if (!module)
    return 1;
  mlir::PassManager passes(&context);
  passes.addPass(nasc::createNasExpand());
  if (failed(passes.run(*module)))
    return 1;
  unsigned layers = 0;
  module->walk([&](nasc::nas::LayerOpInterface) { ++layers; });
  llvm::outs() << "layers: " << layers << "\n";
  return 0;
}

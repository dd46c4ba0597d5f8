//===- ConvertCostToArith.cpp - The pass convert-cost-to-arith ------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/cost/Cost.h"
#include "passes/cost/ArithEmission.h"
#include "passes/cost/Passes.h"

namespace nasc::cost {
#define GEN_PASS_DEF_CONVERTCOSTTOARITH
#include "passes/cost/Passes.h.inc"
} // namespace nasc::cost

using namespace mlir;
using namespace nasc;
using namespace nasc::cost;

namespace {

class ConvertCostToArith
    : public cost::impl::ConvertCostToArithBase<ConvertCostToArith> {
public:
  using ConvertCostToArithBase::ConvertCostToArithBase;

  void runOnOperation() override {
    if (lanes == 0) {
      getOperation().emitError("expected at least one lane");
      return signalPassFailure();
    }
    OpBuilder builder(&getContext());
    for (FunctionOp function :
         llvm::make_early_inc_range(getOperation().getOps<FunctionOp>())) {
      FailureOr<CostProgram> program = CostProgram::fromFunction(function);
      if (failed(program)) {
        signalPassFailure();
        continue;
      }
      ArithEmissionOptions options;
      options.lanes = lanes;
      builder.setInsertionPoint(function);
      // The name is free only once the cost function is gone.
      std::string name = function.getSymName().str();
      Location loc = function.getLoc();
      Operation *next = function->getNextNode();
      function.erase();
      if (next)
        builder.setInsertionPoint(next);
      else
        builder.setInsertionPointToEnd(getOperation().getBody());
      emitArith(builder, loc, name, *program, options);
      ++numFunctions;
      numInstructions += program->instructions.size();
    }
    for (TableOp table :
         llvm::make_early_inc_range(getOperation().getOps<TableOp>()))
      if (SymbolTable::symbolKnownUseEmpty(table, getOperation()))
        table.erase();
  }
};

} // namespace

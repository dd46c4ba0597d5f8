//===- CheckShapes.cpp - Shape errors that some architectures have --------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/feasibility/FindWitness.h"
#include "passes/feasibility/Passes.h"

#include "dialects/nas/Nas.h"
#include "passes/cost/CostProgram.h"
#include "passes/transforms/ScalarZone.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace nasc;

namespace nasc::feasibility {
#define GEN_PASS_DEF_NASCHECKSHAPES
#include "passes/feasibility/Passes.h.inc"
} // namespace nasc::feasibility

namespace {

/// The conditions of a space as the limits of a program, in their order.
FailureOr<cost::CostProgram> programOf(nas::SpaceOp space) {
  OwningOpRef<ModuleOp> module(ModuleOp::create(space.getLoc()));
  auto copy = space.clone();
  module->push_back(copy);
  OpBuilder builder(space.getContext());
  builder.setInsertionPoint(&copy.getBody().front(), endOfScalars(copy));
  for (auto requirement : copy.getBody().getOps<nas::RequireShapeOp>())
    builder.create<cost::LimitOp>(requirement.getLoc(),
                                  requirement.getMessageAttr(),
                                  requirement.getHolds(), StringAttr(),
                                  StringAttr(), IntegerAttr(), UnitAttr());
  auto function = OpBuilder::atBlockEnd(module->getBody())
                      .create<cost::FunctionOp>(space.getLoc(), "shapes");
  moveScalars(copy, function);
  return cost::CostProgram::fromFunction(function);
}

std::string describeCause(const cost::CostProgram &program, nas::SpaceOp space,
                          ArrayRef<std::pair<uint32_t, uint16_t>> cause) {
  SmallVector<nas::ChoiceOp> choices = choicesOf(space);
  std::string text;
  for (auto [choice, position] : cause) {
    text += text.empty() ? "" : ", ";
    text += program.choices[choice].name + "=";
    for (nas::ChoiceOp op : choices)
      if (op.getName() == program.choices[choice].name)
        text += op.getDomain().text(position);
  }
  return text;
}

struct NasCheckShapesPass
    : nasc::feasibility::impl::NasCheckShapesBase<NasCheckShapesPass> {
  using NasCheckShapesBase::NasCheckShapesBase;

  LogicalResult check(nas::SpaceOp space) {
    auto requirements =
        llvm::to_vector(space.getBody().getOps<nas::RequireShapeOp>());
    if (requirements.empty())
      return success();
    FailureOr<cost::CostProgram> program = programOf(space);
    if (failed(program))
      return failure();
    LogicalResult result = success();
    for (auto [requirement, limit] : llvm::zip(requirements, program->limits)) {
      ++conditions;
      feasibility::WitnessResult witness =
          feasibility::findWitness(*program, limit.holds, timeout);
      switch (witness.status) {
      case feasibility::WitnessStatus::None:
        requirement.erase();
        ++proved;
        break;
      case feasibility::WitnessStatus::Undecided:
        requirement.emitWarning("the solver had no time to show that all "
                                "architectures have fitting shapes: ")
            << requirement.getMessage() << " [NAS3004]";
        break;
      case feasibility::WitnessStatus::Found: {
        InFlightDiagnostic error = requirement.emitError()
                                   << requirement.getMessage();
        if (!witness.cause.empty())
          error << ", in architectures with "
                << describeCause(*program, space, witness.cause);
        error << " [NAS2004]";
        result = failure();
      }
      }
    }
    return result;
  }

  void runOnOperation() override {
    for (auto space : getOperation().getOps<nas::SpaceOp>())
      if (failed(check(space)))
        signalPassFailure();
  }
};

} // namespace

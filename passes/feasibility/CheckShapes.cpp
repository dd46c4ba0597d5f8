//===- CheckShapes.cpp - Shape errors that some architectures have --------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/diagnostics/CodedDiagnostic.h"
#include "passes/feasibility/FindWitness.h"
#include "passes/feasibility/Passes.h"

#include "dialects/nas/Nas.h"
#include "passes/cost/CostProgram.h"
#include "passes/cost/Interpreter.h"
#include "passes/transforms/ScalarZone.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace nasc;

namespace nasc::feasibility {
#define GEN_PASS_DEF_NASCHECKSHAPES
#include "passes/feasibility/Passes.h.inc"
} // namespace nasc::feasibility

namespace {

/// The conditions of a space as the limits of a program, and the sizes that
/// their messages name as its metrics, in their order.
FailureOr<cost::CostProgram> programOf(nas::SpaceOp space) {
  OwningOpRef<ModuleOp> module(ModuleOp::create(space.getLoc()));
  auto copy = space.clone();
  module->push_back(copy);
  OpBuilder builder(space.getContext());
  builder.setInsertionPoint(&copy.getBody().front(), endOfScalars(copy));
  unsigned numSizes = 0;
  for (auto requirement : copy.getBody().getOps<nas::RequireShapeOp>()) {
    builder.create<cost::LimitOp>(requirement.getLoc(),
                                  requirement.getMessageAttr(),
                                  requirement.getHolds(), StringAttr(),
                                  StringAttr(), IntegerAttr(), UnitAttr());
    for (Value size : requirement.getSizes())
      builder.create<cost::MetricOp>(
          requirement.getLoc(),
          builder.getStringAttr("size " + Twine(numSizes++)), StringAttr(),
          size);
  }
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

/// Where the user wrote what an operation was made of.
Location placeOf(Location location) {
  while (true) {
    if (auto call = dyn_cast<CallSiteLoc>(location))
      location = call.getCallee();
    else if (auto name = dyn_cast<NameLoc>(location))
      location = name.getChildLoc();
    else
      return location;
  }
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
    // The same layer in several rounds or calls is one mistake.
    llvm::SmallPtrSet<const void *, 4> reported;
    LogicalResult result = success();
    size_t firstSize = 0;
    for (auto [requirement, limit] : llvm::zip(requirements, program->limits)) {
      ++conditions;
      const size_t size = firstSize;
      firstSize += requirement.getSizes().size();
      feasibility::WitnessResult witness =
          feasibility::findWitness(*program, limit.holds, timeout);
      const void *place = placeOf(requirement.getLoc()).getAsOpaquePointer();
      switch (witness.status) {
      case feasibility::WitnessStatus::None:
        ++proved;
        if (requirement.getUnfit()) {
          if (reported.insert(place).second)
            requirement.emitError()
                << nas::renderShapeMessage(requirement.getMessage(),
                                           requirement.getSizes())
                << ", in a branch that no architecture takes"
                << requirement.getDiag();
          result = failure();
          break;
        }
        requirement.erase();
        break;
      case feasibility::WitnessStatus::Undecided:
        requirement.emitWarning("the solver had no time to show that all "
                                "architectures have fitting shapes: ")
            << nas::renderShapeMessage(requirement.getMessage(),
                                       requirement.getSizes())
            << Diag::NAS3004;
        break;
      case feasibility::WitnessStatus::Found: {
        result = failure();
        if (!reported.insert(place).second)
          break;
        const cost::Evaluation sizes =
            cost::evaluate(*program, witness.architecture.positions);
        InFlightDiagnostic error =
            requirement.emitError() << nas::renderShapeMessage(
                requirement.getMessage(), [&](size_t index) {
                  return std::to_string(sizes.metrics[size + index]);
                });
        if (!witness.cause.empty())
          error << ", in architectures with "
                << describeCause(*program, space, witness.cause);
        error << requirement.getDiag();
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

//===- Specialize.cpp - A network of a space ------------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/transforms/Specialize.h"
#include "dialects/diagnostics/CodedDiagnostic.h"
#include "dialects/support/Text.h"

#include "passes/transforms/Passes.h"
#include "passes/transforms/ScalarZone.h"

#include "dialects/search/Search.h"

#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace nasc;

namespace nasc {
#define GEN_PASS_DEF_NASSPECIALIZE
#include "passes/transforms/Passes.h.inc"
} // namespace nasc

namespace {

std::string listValues(const nas::Domain &domain) {
  std::string text;
  constexpr size_t shown = 16;
  for (size_t i = 0; i < std::min(domain.size(), shown); ++i)
    text += (i ? ", " : "") + domain.text(i);
  if (domain.size() > shown)
    text += ", …";
  return text;
}

LogicalResult bindChoices(nas::SpaceOp space,
                          const ArchitectureAssignments &architecture) {
  llvm::StringMap<std::string> values;
  for (const auto &[name, value] : architecture)
    values[name] = value;
  LogicalResult result = success();
  std::vector<std::string> names;
  llvm::StringSet<> used;

  Block &body = space.getBody().front();
  for (Operation &op : llvm::make_early_inc_range(
           llvm::make_range(body.begin(), endOfScalars(space)))) {
    auto choice = dyn_cast<nas::ChoiceOp>(op);
    if (!choice) {
      // The operands are numbers by now, so the range is one.
      cost::refineResultRanges(&op);
      continue;
    }
    std::string name = choice.getName().str();
    names.push_back(name);
    nas::Domain domain = choice.getDomain();
    bool active = !choice.getWhen() || cost::constantOf(choice.getWhen()) == 1;
    auto given = values.find(name);
    size_t index = 0;
    if (given == values.end()) {
      if (active && domain.size() > 1)
        result = choice.emitError("no value is given for the choice '")
                 << name << "' (one of " << listValues(domain) << ")"
                 << Diag::NAS2008;
    } else {
      used.insert(name);
      std::optional<size_t> found = domain.find(given->second);
      if (!found)
        result = choice.emitError("the choice '")
                 << name << "' has no value '" << given->second
                 << "' (it is one of " << listValues(domain) << ")"
                 << Diag::NAS2009;
      else if (!active)
        result = choice.emitError("the choice '")
                 << name
                 << "' is inactive in this architecture and takes no value"
                 << Diag::NAS2017;
      index = found.value_or(0);
    }
    OpBuilder builder(choice);
    Value value;
    if (domain.getKind() == nas::Domain::Kind::Reals)
      value = builder.create<arith::ConstantOp>(
          choice.getLoc(), builder.getF64FloatAttr(domain.getReal(index)));
    else
      value = builder.create<cost::ConstantOp>(choice.getLoc(),
                                               domain.costValues()[index]);
    choice.getResult().replaceAllUsesWith(value);
    choice.erase();
  }
  for (const auto &[name, value] : architecture) {
    if (used.contains(name))
      continue;
    InFlightDiagnostic error = space.emitError("the space has no choice '")
                               << name << "'";
    SmallVector<StringRef> known(names.begin(), names.end());
    if (std::optional<StringRef> nearest = nearestName(name, known))
      error << "; did you mean '" << *nearest << "'?";
    error << Diag::NAS2003;
    result = error;
  }
  return result;
}

/// Padding of a window in a network of static shapes.
void resolvePadding(nas::LayerOpInterface layer) {
  auto padding = layer->getAttrOfType<nas::PaddingAttr>("padding");
  if (!padding || padding.getMode() == nas::PaddingMode::explicit_)
    return;
  std::array<int64_t, 4> amounts = {0, 0, 0, 0};
  if (padding.getMode() == nas::PaddingMode::same) {
    auto input =
        cast<nas::TensorType>(layer.getTensorInputs().front().getType());
    auto along = [&](unsigned dimension, LayerField kernel, LayerField stride) {
      return nas::samePadding(input.getShape()[dimension],
                              *cost::constantOf(nas::operandOf(layer, kernel)),
                              *cost::constantOf(nas::operandOf(layer, stride)));
    };
    std::tie(amounts[0], amounts[1]) =
        along(0, LayerField::KernelHeight, LayerField::StrideHeight);
    if (nas::operandOf(layer, LayerField::KernelWidth))
      std::tie(amounts[2], amounts[3]) =
          along(1, LayerField::KernelWidth, LayerField::StrideWidth);
  }
  layer->setAttr("padding", nas::PaddingAttr::get(layer.getContext(), amounts));
}

} // namespace

LogicalResult
nasc::specializeSpace(nas::SpaceOp space,
                      const ArchitectureAssignments &architecture) {
  if (!isExpanded(space))
    return space.emitError("expected an expanded space (nas-expand)");
  if (failed(bindChoices(space, architecture)))
    return failure();

  RewritePatternSet patterns(space.getContext());
  nas::IfOp::getCanonicalizationPatterns(patterns, space.getContext());
  nas::SwitchOp::getCanonicalizationPatterns(patterns, space.getContext());
  nas::ShapeOp::getCanonicalizationPatterns(patterns, space.getContext());
  if (failed(applyPatternsAndFoldGreedily(space, std::move(patterns))))
    return space.emitError("folding the network did not come to an end");

  for (Operation &op : llvm::make_early_inc_range(space.getBody().front())) {
    if (auto requirement = dyn_cast<nas::RequireShapeOp>(op)) {
      if (cost::constantOf(requirement.getHolds()) != 1)
        return requirement.emitError()
               << nas::renderShapeMessage(requirement.getMessage(),
                                          requirement.getSizes())
               << requirement.getDiag();
      requirement.erase();
      continue;
    }
    if (auto layer = dyn_cast<nas::LayerOpInterface>(op)) {
      auto type = cast<nas::TensorType>(op.getResult(0).getType());
      if (!type.hasStaticShape())
        return layer.emitError("expected inferred shapes (nas-infer-shapes)");
      resolvePadding(layer);
    }
  }
  return success();
}

namespace {

struct NasSpecializePass : nasc::impl::NasSpecializeBase<NasSpecializePass> {
  using NasSpecializeBase::NasSpecializeBase;

  void runOnOperation() override {
    llvm::Expected<ArchitectureAssignments> assignments =
        parseArchitecture(architecture);
    if (!assignments) {
      getOperation().emitError(llvm::toString(assignments.takeError()))
          << Diag::NAS2018;
      return signalPassFailure();
    }
    ModuleOp module = getOperation();
    for (auto space : module.getOps<nas::SpaceOp>())
      if (failed(specializeSpace(space, *assignments)))
        return signalPassFailure();
    boundChoices += assignments->size();
    for (Operation &op : llvm::make_early_inc_range(module.getOps()))
      if (isa<nas::LimitsOp, cost::FunctionOp, search::PipelineOp>(op))
        op.erase();
  }
};

} // namespace

//===- Translation.cpp - From the checked program to IR -------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "frontend/translation/Translation.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace nasc;

Translator::Translator(const CheckedProgram &program,
                       const SourceManager &sources,
                       DiagnosticEngine &diagnostics, MLIRContext &context)
    : program(program), sources(sources), diagnostics(diagnostics),
      builder(&context) {
  context.loadDialect<nas::NasDialect, cost::CostDialect, search::SearchDialect,
                      arith::ArithDialect>();
}

//===----------------------------------------------------------------------===//
// Locations and small values
//===----------------------------------------------------------------------===//

Location Translator::locationOf(SourceRange range) {
  if (!range.isValid())
    return builder.getUnknownLoc();
  auto place = [&](LineColumn position) -> Location {
    return FileLineColLoc::get(builder.getStringAttr(sources.name(range.file)),
                               position.line, position.column);
  };
  LineColumn begin = sources.begin(range), end = sources.end(range);
  return FusedLoc::get(builder.getContext(), {place(begin), place(end)});
}

mlir::Type Translator::integerType(cost::Range range) {
  return cost::integerType(builder.getContext(), range);
}

mlir::Type Translator::openTensor() {
  return nas::TensorType::get(builder.getContext());
}

mlir::Type Translator::typeOf(nasc::Type type) {
  if (type.isTensor())
    return openTensor();
  if (type.isReal())
    return builder.getF64Type();
  return integerType(type.isBoolean() ? cost::Range::boolean() : cost::Range());
}

Value Translator::realConstant(double value, Location loc) {
  return builder.create<arith::ConstantOp>(loc, builder.getF64FloatAttr(value));
}

Value Translator::materialize(const Constant &value, Location loc) {
  if (value.type.isReal())
    return realConstant(value.real, loc);
  return constant(value.type.isBoolean() ? value.boolean : value.integer);
}

Value Translator::passThrough(Value value, mlir::Type type, Location loc) {
  if (value.getType() == type)
    return value;
  // An operation that states any type for a value that passes through: what is
  // known of the value must not be taken for known in every round.
  auto op = builder.create<nas::IfOp>(loc, TypeRange(type), constant(1));
  for (Region *region : {&op.getThenRegion(), &op.getElseRegion()}) {
    OpBuilder::InsertionGuard guard(builder);
    builder.createBlock(region);
    builder.create<nas::YieldOp>(loc, ValueRange(value));
  }
  return op.getResult(0);
}

std::string Translator::uniqueName(StringRef name) {
  unsigned count = ++usedNames[name];
  if (count == 1)
    return name.str();
  std::string candidate = (name + "_" + Twine(count)).str();
  return uniqueName(candidate);
}

//===----------------------------------------------------------------------===//
// The module
//===----------------------------------------------------------------------===//

bool Translator::translateSpace() {
  const Body &body = *program.space;
  const ast::Space &syntax = *body.space;
  bool hasInput = syntax.hasParameters;
  if (hasInput && (program.inputShape.empty() || program.resultShape.empty())) {
    diagnostics.report(
        Diag::NAS4106,
        program.spaceDataset ? program.spaceDataset->node->source->getRange()
                             : syntax.name.range,
        "the shape of the samples or the number of classes is not known "
        "without looking into the data");
    return false;
  }
  Location loc = locationOf(syntax.name.range);
  auto result = hasInput ? TypeAttr::get(nas::TensorType::get(
                               builder.getContext(), program.resultShape))
                         : TypeAttr();
  auto dataset =
      program.spaceDataset
          ? FlatSymbolRefAttr::get(builder.getContext(),
                                   program.spaceDataset->symbol->name)
          : FlatSymbolRefAttr();
  space = builder.create<nas::SpaceOp>(
      loc, builder.getStringAttr(uniqueName(body.symbol->name)), result,
      dataset,
      program.classification ? nas::Task::Classification
                             : nas::Task::Regression);
  mlir::Block &entry = space.getBody().emplaceBlock();
  Context context = {&body, nullptr, &entry, {}};
  if (hasInput) {
    Value input = entry.addArgument(
        nas::TensorType::get(builder.getContext(), program.inputShape),
        locationOf(syntax.parameters.front().range));
    context.bindings[body.parameters.front()] = {input, {}};
  }
  contexts.push_back(&context);
  inBlock(&entry, [&] {
    translateStatements(body.statements());
    SmallVector<Value> results;
    if (body.returnStatement)
      results.push_back(translateExpr(*body.returnStatement->value));
    builder.create<nas::ReturnOp>(
        body.returnStatement ? locationOf(*body.returnStatement) : loc,
        results);
  });
  contexts.pop_back();
  return true;
}

void Translator::translateLimitsOf(FlatSymbolRefAttr owner) {
  auto limits = builder.create<nas::LimitsOp>(
      locationOf(program.limits.front()->keywordRange), owner);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(&limits.getBody().emplaceBlock());
  translateLimits(program, sources, builder,
                  [&](SourceRange range) { return locationOf(range); });
}

OwningOpRef<ModuleOp> Translator::run() {
  FileId root = program.parsed.files.back()->id;
  if (!program.space && program.networks.empty()) {
    diagnostics.report(Diag::NAS2111, sources.wholeFile(root).atBegin(),
                       "the specification has no space and no network");
    return nullptr;
  }
  module = ModuleOp::create(
      FileLineColLoc::get(builder.getStringAttr(sources.name(root)), 1, 1));
  OwningOpRef<ModuleOp> owner(module);
  builder.setInsertionPointToEnd(module.getBody());
  for (const DatasetSpec &dataset : program.datasets) {
    usedNames[dataset.symbol->name] = 1;
    translateDataset(dataset);
  }
  for (const DeviceSpec &device : program.devices) {
    usedNames[device.symbol->name] = 1;
    translateDevice(device);
  }
  for (const NetworkSpec &network : program.networks) {
    usedNames[network.symbol->name] = 1;
    translateNetwork(network);
  }
  if (program.space && !translateSpace())
    return nullptr;
  // Limits are of the space; without one, each network has to meet them.
  SmallVector<FlatSymbolRefAttr> limited;
  if (program.space)
    limited.push_back(FlatSymbolRefAttr::get(space.getSymNameAttr()));
  else
    for (const NetworkSpec &network : program.networks)
      limited.push_back(
          FlatSymbolRefAttr::get(builder.getContext(), network.symbol->name));
  if (!program.limits.empty())
    for (FlatSymbolRefAttr owner : limited)
      translateLimitsOf(owner);
  // What a search finds is what is deployed.
  if (program.search)
    translateSearch();
  else
    for (const NetworkSpec &network : program.networks)
      translateDeployment(network);
  // Constants that nothing uses after all (flags, values that were folded)
  // would only be in the way of a reader.
  module.walk([](cost::ConstantOp op) {
    if (op->use_empty())
      op.erase();
  });
  return owner;
}

//===- NasOps.cpp - Verifiers and folds of the nas dialect ----------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/diagnostics/DiagnosticCatalog.h"
#include "dialects/nas/Nas.h"
#include "dialects/nas/TargetNames.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/StringSet.h"

#include <cmath>
#include <set>

using namespace mlir;
using namespace nasc;
using namespace nasc::nas;

//===----------------------------------------------------------------------===//
// Data
//===----------------------------------------------------------------------===//

LogicalResult DatasetSettingsAttr::verify(
    llvm::function_ref<InFlightDiagnostic()> emitError,
    std::optional<int64_t> validation, DenseF64ArrayAttr, DenseF64ArrayAttr,
    DenseF64ArrayAttr deviation, DenseI64ArrayAttr shift, std::optional<Flip>,
    std::optional<Target>, DenseI64ArrayAttr shape,
    std::optional<int64_t> classCount, ArrayAttr classes,
    std::optional<ElementType>, ArrayAttr train, ArrayAttr test, StringAttr,
    StringAttr, UnitAttr, std::optional<Unlisted>, StringAttr, StringAttr) {
  if (validation && *validation < 0)
    return emitError() << "expected 'validation' of at least 0, found "
                       << *validation;
  if (classCount && *classCount < 1)
    return emitError() << "expected 'class_count' of at least 1, found "
                       << *classCount;
  if (deviation && llvm::is_contained(deviation.asArrayRef(), 0.0))
    return emitError() << "expected 'deviation' other than 0";
  for (auto [name, list, least] :
       {std::tuple<StringRef, DenseI64ArrayAttr, int64_t>("shape", shape, 1),
        {"shift", shift, 0}})
    if (list)
      for (int64_t number : list.asArrayRef())
        if (number < least)
          return emitError() << "expected '" << name << "' of at least "
                             << least << ", found " << number;
  for (auto [name, list] : {std::pair<StringRef, ArrayAttr>("classes", classes),
                            {"train", train},
                            {"test", test}})
    if (list && !llvm::all_of(list, [](Attribute one) {
          return llvm::isa<StringAttr>(one);
        }))
      return emitError() << "expected '" << name << "' to be strings, found "
                         << list;
  return success();
}

DatasetSettingsAttr DatasetOp::settings() {
  if (std::optional<DatasetSettingsAttr> given = getSettings())
    return *given;
  return DatasetSettingsAttr::get(getContext(), {}, {}, {}, {}, {}, {}, {}, {},
                                  {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {});
}

ElementType DatasetOp::getElementType() {
  return settings().getElement().value_or(ElementType::UInt8);
}

DatasetOp DatasetOp::find(Operation *from, FlatSymbolRefAttr name) {
  return name ? SymbolTable::lookupNearestSymbolFrom<DatasetOp>(from, name)
              : nullptr;
}

LogicalResult DatasetOp::verify() {
  if (getKind() == DatasetKind::Raw && !settings().getElement())
    return emitOpError("expected the setting 'element' of raw data");
  return success();
}

//===----------------------------------------------------------------------===//
// Devices
//===----------------------------------------------------------------------===//

LogicalResult DeviceOp::verify() {
  if (static_cast<int64_t>(getClock()) < 1)
    return emitOpError("expected a clock of at least 1 Hz");
  if (static_cast<int64_t>(getAlignment()) < 1)
    return emitOpError("expected an alignment of at least 1 byte");
  if (getTarget() && !llvm::is_contained(getTargetNames(), *getTarget())) {
    InFlightDiagnostic error = emitOpError("expected the name of a target (");
    llvm::interleaveComma(getTargetNames(), error);
    return error << "), found '" << *getTarget() << "'";
  }
  SmallVector<Precision> precisions;
  for (CostModelOp model : getBody().getOps<CostModelOp>()) {
    if (llvm::is_contained(precisions, model.getPrecision()))
      return model.emitOpError("expected one cost model for each precision, "
                               "found two for '")
             << stringifyPrecision(model.getPrecision()) << "'";
    precisions.push_back(model.getPrecision());
  }
  if (getPrecision() && !llvm::is_contained(precisions, *getPrecision()))
    return emitOpError("expected a cost model for the deployed precision '")
           << stringifyPrecision(*getPrecision()) << "'";
  return success();
}

LogicalResult CostModelOp::verify() {
  if (std::optional<DictionaryAttr> code = getKernelCode())
    for (NamedAttribute entry : *code) {
      auto bytes = dyn_cast<IntegerAttr>(entry.getValue());
      if (!llvm::is_contained(getKernelNames(), entry.getName().getValue())) {
        InFlightDiagnostic error =
            emitOpError("expected the name of a kernel (one of ");
        llvm::interleaveComma(getKernelNames(), error);
        return error << "), found '" << entry.getName().getValue() << "'";
      }
      if (!bytes || bytes.getInt() < 0)
        return emitOpError("expected bytes of the kernel '")
               << entry.getName().getValue() << "', found " << entry.getValue();
    }
  if (static_cast<int64_t>(getElementBytes()) < 1)
    return emitOpError("expected elements of at least 1 byte");
  llvm::StringSet<> kinds;
  for (LayerCostOp cost : getBody().getOps<LayerCostOp>())
    if (!kinds.insert(cost.getKind()).second)
      return cost.emitOpError(
                 "expected one cost for each kind, found two for '")
             << cost.getKind() << "'";
  return success();
}

static LogicalResult verifyKind(Operation *op, StringRef kind) {
  if (llvm::is_contained(getCostModelKinds(), kind))
    return success();
  InFlightDiagnostic error =
      op->emitOpError("expected a kind of layer (one of ");
  llvm::interleaveComma(getCostModelKinds(), error);
  return error << "), found '" << kind << "'";
}

LogicalResult LayerCostOp::verify() { return verifyKind(*this, getKind()); }

LogicalResult LatencyTableOp::verify() {
  const ArrayRef<StringRef> known = getLatencyKeys();
  if (failed(verifyKind(*this, getKind())))
    return failure();
  for (StringRef key : getKeys().getAsValueRange<StringAttr>())
    if (!llvm::is_contained(known, key)) {
      InFlightDiagnostic error = emitOpError("expected keys among ");
      llvm::interleaveComma(known, error);
      return error << "; found '" << key << "'";
    }
  if (getRows().size() != getValues().size())
    return emitOpError("expected as many values as rows, found ")
           << getValues().size() << " and " << getRows().size();
  std::set<std::vector<int64_t>> seen;
  for (auto row : getRows().getAsRange<DenseI64ArrayAttr>()) {
    if (row.size() != static_cast<int64_t>(getKeys().size()))
      return emitOpError("expected ")
             << getKeys().size() << " numbers in a row, found " << row.size();
    if (!seen.insert(row.asArrayRef().vec()).second)
      return emitOpError("expected rows of different keys");
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Trained networks
//===----------------------------------------------------------------------===//

/// The scale and the zero point of 8-bit integers.
template <typename Op> static LogicalResult verifyIntegers(Op op) {
  const double scale = op.getScale().convertToDouble();
  if (!(scale > 0) || !std::isfinite(scale))
    return op.emitOpError("expected a scale above zero, found ") << scale;
  const int64_t zeroPoint = op.getZeroPoint();
  if (zeroPoint < -128 || zeroPoint > 127)
    return op.emitOpError("expected a zero point of -128 to 127, found ")
           << zeroPoint;
  return success();
}

LogicalResult QuantizationOp::verify() { return verifyIntegers(*this); }
LogicalResult RequantizeOp::verify() { return verifyIntegers(*this); }

LogicalResult WeightsOp::verify() {
  std::optional<ArrayRef<double>> scales = getScales();
  if (!scales)
    return success();
  for (double each : *scales)
    if (!(each > 0) || !std::isfinite(each))
      return emitOpError("expected scales above zero, found ") << each;
  // Output channels are the last dimension, or the last but one of depthwise
  // weights, whose last is 1.
  ArrayRef<int64_t> shape = getValue().getShapedType().getShape();
  const int64_t channels = shape.empty()                        ? 1
                           : shape.size() == 4 && shape[3] == 1 ? shape[2]
                                                                : shape.back();
  const int64_t found = scales->size();
  if (found != channels && found != shape.back())
    return emitOpError("expected ")
           << channels << " scales, one for each output channel of "
           << getValue().getShapedType() << ", found " << found;
  return success();
}

//===----------------------------------------------------------------------===//
// Choices
//===----------------------------------------------------------------------===//

LogicalResult ChoiceOp::verify() {
  int domains = getIntegers().has_value() + getLabels().has_value() +
                getReals().has_value();
  if (domains != 1)
    return emitOpError("expected one of integers, labels and reals, found ")
           << domains;
  Domain domain = getDomain();
  if (domain.size() == 0)
    return emitOpError("expected a domain of at least one value");
  if (domain.getKind() == Domain::Kind::Reals) {
    if (!isa<FloatType>(getResult().getType()))
      return emitOpError("expected a result of type f64, found ")
             << getResult().getType();
    return success();
  }
  auto type = dyn_cast<cost::IntegerType>(getResult().getType());
  std::vector<int64_t> values = domain.costValues();
  cost::Range range = {*llvm::min_element(values), *llvm::max_element(values)};
  if (!type || type.getRange() != range)
    return emitOpError("expected the result type ")
           << cost::integerType(getContext(), range) << ", found "
           << getResult().getType();
  return success();
}

Domain ChoiceOp::getDomain() {
  if (getIntegers())
    return Domain::integers(getIntegers()->vec());
  if (getReals())
    return Domain::reals(getReals()->vec());
  std::vector<std::string> labels;
  if (getLabels())
    for (StringRef label : getLabels()->getAsValueRange<StringAttr>())
      labels.push_back(label.str());
  return Domain::labels(std::move(labels));
}

//===----------------------------------------------------------------------===//
// Conditional parts
//===----------------------------------------------------------------------===//

static LogicalResult verifyYield(Operation *op, Region &region) {
  auto yield = dyn_cast<YieldOp>(region.front().back());
  if (!yield)
    return op->emitOpError("expected regions that end in nas.yield");
  if (yield.getValues().size() != op->getNumResults())
    return op->emitOpError("expected regions that yield ")
           << op->getNumResults() << " values, found "
           << yield.getValues().size();
  return success();
}

/// Replaces `op` by the operations of the one region that takes part.
static void inlineRegion(PatternRewriter &rewriter, Operation *op,
                         Region &region) {
  Block *block = &region.front();
  Operation *yield = block->getTerminator();
  SmallVector<Value> results(yield->getOperands());
  rewriter.eraseOp(yield);
  rewriter.inlineBlockBefore(block, op);
  rewriter.replaceOp(op, results);
}

LogicalResult IfOp::verify() {
  cost::Range range = cost::rangeOf(getCondition());
  if (range != cost::Range() && !range.isBoolean())
    return emitOpError("expected a condition in 0 to 1, found ")
           << getCondition().getType();
  if (failed(verifyYield(*this, getThenRegion())))
    return failure();
  return verifyYield(*this, getElseRegion());
}

LogicalResult IfOp::canonicalize(IfOp op, PatternRewriter &rewriter) {
  std::optional<int64_t> condition = cost::constantOf(op.getCondition());
  if (!condition)
    return failure();
  inlineRegion(rewriter, op,
               *condition ? op.getThenRegion() : op.getElseRegion());
  return success();
}

LogicalResult SwitchOp::verify() {
  cost::Range range = cost::rangeOf(getSelector());
  int64_t regions = getCases().size();
  if (regions == 0)
    return emitOpError("expected at least one region");
  if (range != cost::Range() && (range.lower < 0 || range.upper >= regions))
    return emitOpError("expected a selector in 0 to ")
           << regions - 1 << ", found " << getSelector().getType();
  for (Region &region : getCases())
    if (failed(verifyYield(*this, region)))
      return failure();
  return success();
}

LogicalResult SwitchOp::canonicalize(SwitchOp op, PatternRewriter &rewriter) {
  std::optional<int64_t> selector = cost::constantOf(op.getSelector());
  if (!selector)
    return failure();
  inlineRegion(rewriter, op, op.getCases()[*selector]);
  return success();
}

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

LogicalResult ShapeOp::verify() {
  auto type = cast<nas::TensorType>(getTensor().getType());
  if (!type.getRanked())
    return emitOpError("expected a tensor of known rank");
  if (type.getRank() != getSizes().size())
    return emitOpError("expected ")
           << type.getRank() << " sizes, found " << getSizes().size();
  return success();
}

LogicalResult ShapeOp::canonicalize(ShapeOp op, PatternRewriter &rewriter) {
  SmallVector<int64_t> shape;
  for (Value size : op.getSizes()) {
    std::optional<int64_t> number = cost::constantOf(size);
    if (!number)
      return failure();
    shape.push_back(*number);
  }
  auto type = nas::TensorType::get(op.getContext(), shape);
  Value tensor = op.getTensor();
  rewriter.modifyOpInPlace(op, [&] { tensor.setType(type); });
  rewriter.eraseOp(op);
  return success();
}

#define GET_OP_CLASSES
#include "dialects/nas/NasOps.cpp.inc"

//===----------------------------------------------------------------------===//
// Symbols
//===----------------------------------------------------------------------===//

LogicalResult NetworkOp::verify() {
  if (getKind() == "onnx")
    return success();
  return emitOpError("expected the kind onnx, found '") << getKind() << "'";
}

LogicalResult NetworkOp::verifySymbolUses(SymbolTableCollection &symbols) {
  if (!getDatasetAttr() ||
      symbols.lookupNearestSymbolFrom<DatasetOp>(*this, getDatasetAttr()))
    return success();
  return emitOpError("expected the symbol of a nas.dataset, found ")
         << getDatasetAttr();
}

LogicalResult LimitsOp::verifySymbolUses(SymbolTableCollection &symbols) {
  if (isa_and_present<SpaceOp, NetworkOp>(
          symbols.lookupNearestSymbolFrom(*this, getSpaceAttr())))
    return success();
  return emitOpError("expected the symbol of a nas.space or a nas.network, "
                     "found ")
         << getSpaceAttr();
}

LogicalResult MetricOp::verifySymbolUses(SymbolTableCollection &symbols) {
  if (!getDeviceAttr() ||
      symbols.lookupNearestSymbolFrom<DeviceOp>(*this, getDeviceAttr()))
    return success();
  return emitOpError("expected the symbol of a nas.device, found ")
         << getDeviceAttr();
}

//===----------------------------------------------------------------------===//
// Requirements
//===----------------------------------------------------------------------===//

LogicalResult RequireShapeOp::verify() {
  if (findDiagnostic(getCode()))
    return success();
  return emitOpError("expected the code of a diagnostic, found '")
         << getCode() << "'";
}

Diag RequireShapeOp::getDiag() { return findDiagnostic(getCode())->code; }

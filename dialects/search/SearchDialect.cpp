//===- SearchDialect.cpp - The search dialect -----------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/search/Search.h"

#include "dialects/nas/Nas.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace nasc;
using namespace nasc::search;

#include "dialects/search/SearchDialect.cpp.inc"
#include "dialects/search/SearchEnums.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/search/SearchAttributes.cpp.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/search/SearchTypes.cpp.inc"

void SearchDialect::initialize() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/search/SearchTypes.cpp.inc"
      >();
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/search/SearchAttributes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/search/SearchOps.cpp.inc"
      >();
}

//===----------------------------------------------------------------------===//
// Objectives and pipelines
//===----------------------------------------------------------------------===//

LogicalResult
ObjectiveAttr::verify(llvm::function_ref<InFlightDiagnostic()> emitError,
                      Direction, StringAttr metric, FlatSymbolRefAttr) {
  if (metric.getValue().empty())
    return emitError() << "expected the name of a metric";
  return success();
}

/// Whether `device` is the symbol of a nas.device.
static LogicalResult verifyDevice(Operation *op, FlatSymbolRefAttr device,
                                  SymbolTableCollection &symbols) {
  if (isa_and_present<nas::DeviceOp>(
          symbols.lookupNearestSymbolFrom(op, device)))
    return success();
  return op->emitOpError("expected the symbol of a nas.device, found ")
         << device;
}

LogicalResult PipelineOp::verifySymbolUses(SymbolTableCollection &symbols) {
  if (!isa_and_present<nas::SpaceOp, nas::NetworkOp>(
          symbols.lookupNearestSymbolFrom(*this, getSpaceAttr())))
    return emitOpError("expected the symbol of a nas.space or a nas.network, "
                       "found ")
           << getSpaceAttr();
  for (auto objective : getObjectives().getAsRange<ObjectiveAttr>())
    if (objective.getDevice() &&
        failed(verifyDevice(*this, objective.getDevice(), symbols)))
      return failure();
  return success();
}

//===----------------------------------------------------------------------===//
// Training
//===----------------------------------------------------------------------===//

LogicalResult TrainingAttr::verify(
    llvm::function_ref<InFlightDiagnostic()> emitError, int64_t epochs,
    std::optional<int64_t> images, Attribute batch, std::optional<Optimizer>,
    Attribute learningRate, Attribute momentum, Attribute weightDecay,
    std::optional<Schedule>, std::optional<int64_t> stepEvery,
    Attribute stepFactor, std::optional<Loss>, Attribute labelSmoothing,
    std::optional<nas::Precision> quantize,
    std::optional<int64_t> quantizeEpochs) {
  for (auto [name, value] :
       {std::pair<StringRef, std::optional<int64_t>>("epochs", epochs),
        {"images", images},
        {"step_every", stepEvery},
        {"quantize_epochs", quantizeEpochs}})
    if (value && *value < 1)
      return emitError() << "expected '" << name << "' of at least 1, found "
                         << *value;
  if (auto number = llvm::dyn_cast_if_present<IntegerAttr>(batch)) {
    if (number.getInt() < 1)
      return emitError() << "expected 'batch' of at least 1, found "
                         << number.getInt();
  } else if (batch && !llvm::isa<ChoiceAttr>(batch)) {
    return emitError() << "expected 'batch' to be an integer or a "
                          "#search.choice, found "
                       << batch;
  }
  for (auto [name, value] :
       {std::pair<StringRef, Attribute>("learning_rate", learningRate),
        {"momentum", momentum},
        {"weight_decay", weightDecay},
        {"step_factor", stepFactor},
        {"label_smoothing", labelSmoothing}}) {
    if (!value || llvm::isa<ChoiceAttr>(value))
      continue;
    auto number = llvm::dyn_cast<FloatAttr>(value);
    if (!number)
      return emitError() << "expected '" << name
                         << "' to be a real number or a #search.choice, found "
                         << value;
    if (!(number.getValueAsDouble() >= 0))
      return emitError() << "expected '" << name
                         << "' to be no less than 0, found "
                         << number.getValueAsDouble();
  }
  if (quantizeEpochs.has_value() != quantize.has_value())
    return emitError() << "expected 'quantize' and 'quantize_epochs', or "
                          "neither";
  if (quantize && *quantize != nas::Precision::Int8)
    return emitError() << "expected 'quantize' to be int8, found "
                       << nas::stringifyPrecision(*quantize);
  return success();
}

void TrainingAttr::forEachSetting(
    llvm::function_ref<void(StringRef, const std::string &)> setting) const {
  auto attribute = [&](StringRef name, Attribute value) {
    if (!value)
      return;
    std::string text;
    llvm::raw_string_ostream stream(text);
    value.print(stream, /*elideType=*/true);
    setting(name, text);
  };
  auto integer = [&](StringRef name, std::optional<int64_t> value) {
    if (value)
      setting(name, std::to_string(*value));
  };
  attribute("batch", getBatch());
  integer("epochs", getEpochs());
  integer("images", getImages());
  attribute("label_smoothing", getLabelSmoothing());
  attribute("learning_rate", getLearningRate());
  if (getLoss())
    setting("loss", stringifyLoss(*getLoss()).str());
  attribute("momentum", getMomentum());
  if (getOptimizer())
    setting("optimizer", stringifyOptimizer(*getOptimizer()).str());
  if (getQuantize())
    setting("quantize", nas::stringifyPrecision(*getQuantize()).str());
  integer("quantize_epochs", getQuantizeEpochs());
  if (getSchedule())
    setting("schedule", stringifySchedule(*getSchedule()).str());
  integer("step_every", getStepEvery());
  attribute("step_factor", getStepFactor());
  attribute("weight_decay", getWeightDecay());
}

//===----------------------------------------------------------------------===//
// Stages
//===----------------------------------------------------------------------===//

static LogicalResult verifyAtLeastOne(Operation *op, StringRef name,
                                      int64_t value) {
  if (value >= 1)
    return success();
  return op->emitOpError("expected ")
         << name << " of at least 1, found " << value;
}

LogicalResult PruneOp::verify() {
  if (!getTimeout())
    return success();
  return verifyAtLeastOne(*this, "a timeout", *getTimeout());
}

LogicalResult EvolveOp::verify() {
  if (failed(verifyAtLeastOne(*this, "a population", getPopulation())) ||
      failed(verifyAtLeastOne(*this, "evaluations", getEvaluations())))
    return failure();
  double crossover = getCrossover().convertToDouble();
  if (!(crossover >= 0 && crossover <= 1))
    return emitOpError("expected a crossover between 0 and 1, found ")
           << crossover;
  if (getMutation()) {
    double mutation = getMutation()->convertToDouble();
    if (!(mutation >= 0 && mutation <= 1))
      return emitOpError("expected a mutation between 0 and 1, found ")
             << mutation;
  }
  return success();
}

LogicalResult TrainOp::verify() {
  if (failed(verifyAtLeastOne(*this, "networks to keep", getKeep())))
    return failure();
  return verifyAtLeastOne(*this, "epochs between checkpoints", getCheckpoint());
}

//===----------------------------------------------------------------------===//
// Deployment
//===----------------------------------------------------------------------===//

/// `[object, c]`: keywords instead of numbers.
static ParseResult parseEmissions(OpAsmParser &parser, ArrayAttr &emissions) {
  SmallVector<Attribute> list;
  auto parseOne = [&]() -> ParseResult {
    StringRef keyword;
    SMLoc place = parser.getCurrentLocation();
    if (parser.parseKeyword(&keyword))
      return failure();
    std::optional<Emission> emission = symbolizeEmission(keyword);
    if (!emission)
      return parser.emitError(place, "expected cost, object, c or onnx, found ")
             << keyword;
    list.push_back(EmissionAttr::get(parser.getContext(), *emission));
    return success();
  };
  if (parser.parseCommaSeparatedList(OpAsmParser::Delimiter::Square, parseOne))
    return failure();
  emissions = parser.getBuilder().getArrayAttr(list);
  return success();
}

static void printEmissions(OpAsmPrinter &printer, Operation *,
                           ArrayAttr emissions) {
  printer << '[';
  llvm::interleaveComma(
      emissions.getAsRange<EmissionAttr>(), printer,
      [&](EmissionAttr one) { printer << stringifyEmission(one.getValue()); });
  printer << ']';
}

LogicalResult DeployOp::verify() {
  if (getPrecision() != nas::Precision::Int8 &&
      (getRounding() || getCalibration()))
    return emitOpError("expected '")
           << (getRounding() ? "rounding" : "calibration")
           << "' with the precision int8 only";
  if (getCalibration() && static_cast<int64_t>(*getCalibration()) < 1)
    return emitOpError("expected 'calibration' of at least 1 sample, found ")
           << static_cast<int64_t>(*getCalibration());
  return success();
}

LogicalResult DeployOp::verifySymbolUses(SymbolTableCollection &symbols) {
  return verifyDevice(*this, getDeviceAttr(), symbols);
}

bool DeployOp::emits(Emission emission) {
  return llvm::any_of(
      getEmit().getAsRange<EmissionAttr>(),
      [&](EmissionAttr one) { return one.getValue() == emission; });
}

#define GET_OP_CLASSES
#include "dialects/search/SearchOps.cpp.inc"

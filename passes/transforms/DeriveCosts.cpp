//===- DeriveCosts.cpp - The cost function of a space ---------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/diagnostics/CodedDiagnostic.h"
#include "passes/transforms/ArenaExpression.h"
#include "passes/transforms/Fusion.h"
#include "passes/transforms/LayerCosts.h"
#include "passes/transforms/Passes.h"
#include "passes/transforms/ScalarZone.h"

#include "dialects/cost/ExpressionBuilder.h"
#include "dialects/cost/WrittenBound.h"

#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/StringMap.h"

#include <set>

using namespace mlir;
using namespace nasc;
using cost::Predicate;
using nas::LayerRole;
using nas::Shape;

namespace nasc {
#define GEN_PASS_DEF_NASDERIVECOSTS
#include "passes/transforms/Passes.h.inc"
} // namespace nasc

namespace {

/// Derives the cost function of one space. The expressions are built into a
/// copy of the space, where the layers' operands are at hand; then its scalars
/// become the function's body.
class CostDerivation {
public:
  CostDerivation(nas::SpaceOp space, ModuleOp module)
      : original(space), module(module), space(space.clone()),
        builder(space.getContext()), expressions(builder, space.getLoc()) {}
  ~CostDerivation() { space->erase(); }

  LogicalResult run();

  unsigned numLayers = 0, numFused = 0, numExpressions = 0;

private:
  struct Layer {
    nas::LayerOpInterface op;
    Value active;
    SmallVector<Shape> inputs;
    Shape result;
    nas::LayerQuantities quantities;
    bool runs = true;
    SmallVector<Attribute> metrics;
    SmallVector<Value> values;

    void add(StringAttr metric, Value value) {
      metrics.push_back(metric);
      values.push_back(value);
    }
  };

  void readShapes();
  void collectLayers(Block &block, Value active);
  Shape shapeOf(Value tensor);
  void addMetric(StringRef metric, StringAttr device, Value value);
  void deriveCounts();
  LogicalResult deriveDevice(nas::DeviceOp device);
  void addImpliedLimit(nas::DeviceOp device, StringRef metric,
                       std::optional<int64_t> bound);
  Value positionOf(nas::ChoiceOp choice);
  LogicalResult deriveLimits();
  LogicalResult deriveLimit(nas::LimitOp limit, IRMapping &mapping);
  LogicalResult reportNoMetric(nas::MetricOp metric);
  void moveIntoFunction();
  LogicalResult verifyRanges(cost::FunctionOp function);

  Value activeOrZero(const Layer &layer, Value value) {
    return expressions.select(layer.active, value, expressions.constant(0));
  }
  /// A device without one is a target of code, of which no costs are known.
  static bool hasCostModel(nas::DeviceOp device) {
    return !device.getBody().getOps<nas::CostModelOp>().empty();
  }
  static std::string key(StringRef metric, StringRef device) {
    return device.empty() ? metric.str() : (metric + " on " + device).str();
  }

  nas::SpaceOp original;
  ModuleOp module;
  nas::SpaceOp space;
  OpBuilder builder;
  cost::ExpressionBuilder expressions;
  DenseMap<Value, Shape> shapes;
  DenseMap<Operation *, Value> activities;
  std::vector<Layer> layers;
  llvm::StringMap<Value> metrics;
};

LogicalResult CostDerivation::run() {
  Block &body = space.getBody().front();
  if (!isExpanded(space))
    return original.emitError("expected an expanded space (nas-expand)");
  builder.setInsertionPoint(&body, endOfScalars(space));
  for (Operation &op : llvm::make_range(body.begin(), endOfScalars(space)))
    if (isa<cost::CostDialect>(op.getDialect()))
      expressions.remember(&op);
  readShapes();
  collectLayers(body, expressions.constant(1));
  for (Layer &layer : layers)
    if (layer.result.empty())
      return layer.op.emitError("expected inferred shapes (nas-infer-shapes)");
  if (!body.getArguments().empty()) {
    deriveCounts();
    for (auto device : module.getOps<nas::DeviceOp>())
      if (hasCostModel(device) && failed(deriveDevice(device)))
        return failure();
  }
  if (failed(deriveLimits()))
    return failure();
  numLayers = layers.size();
  moveIntoFunction();
  return verifyRanges(module.lookupSymbol<cost::FunctionOp>(
      (original.getSymName() + ".costs").str()));
}

void CostDerivation::readShapes() {
  space.walk(
      [&](nas::ShapeOp op) { shapes[op.getTensor()] = Shape(op.getSizes()); });
}

Shape CostDerivation::shapeOf(Value tensor) {
  auto found = shapes.find(tensor);
  if (found != shapes.end())
    return found->second;
  auto type = cast<nas::TensorType>(tensor.getType());
  Shape shape;
  if (type.hasStaticShape())
    for (int64_t size : type.getShape())
      shape.push_back(expressions.constant(size));
  return shape;
}

void CostDerivation::collectLayers(Block &block, Value active) {
  for (Operation &op : block) {
    if (auto conditional = dyn_cast<nas::IfOp>(op)) {
      Value condition = conditional.getCondition();
      collectLayers(conditional.getThenRegion().front(),
                    expressions.conjunction(active, condition));
      collectLayers(
          conditional.getElseRegion().front(),
          expressions.conjunction(active, expressions.negation(condition)));
    } else if (auto alternatives = dyn_cast<nas::SwitchOp>(op)) {
      for (auto [index, region] : llvm::enumerate(alternatives.getCases()))
        collectLayers(region.front(),
                      expressions.conjunction(
                          active, expressions.compare(
                                      Predicate::eq, alternatives.getSelector(),
                                      expressions.constant(index))));
    } else if (auto op_ = dyn_cast<nas::LayerOpInterface>(op)) {
      expressions.setLocation(op.getLoc());
      layers.emplace_back();
      Layer &layer = layers.back();
      layer.op = op_;
      layer.active = active;
      activities[&op] = active;
      for (Value input : op_.getTensorInputs())
        layer.inputs.push_back(shapeOf(input));
      layer.result = shapeOf(op.getResult(0));
      if (layer.result.empty())
        return;
      layer.quantities =
          op_.computeQuantities(expressions, layer.inputs, layer.result);
      layer.runs = op_.getRole() != LayerRole::Alias && !isFused(op_);
      numFused += isFused(op_);
    }
  }
}

void CostDerivation::addMetric(StringRef metric, StringAttr device,
                               Value value) {
  metrics[key(metric, device ? device.getValue() : "")] = value;
  builder.create<cost::MetricOp>(space.getLoc(), builder.getStringAttr(metric),
                                 device, value);
}

void CostDerivation::deriveCounts() {
  Value macs = expressions.constant(0), weights = macs, parameters = macs;
  for (Layer &layer : layers) {
    expressions.setLocation(layer.op.getLoc());
    macs = expressions.add(macs, activeOrZero(layer, layer.quantities.macs));
    weights =
        expressions.add(weights, activeOrZero(layer, layer.quantities.weights));
    parameters = expressions.add(
        parameters, activeOrZero(layer, layer.quantities.parameters));
    layer.add(builder.getStringAttr("macs"), layer.quantities.macs);
    layer.add(builder.getStringAttr("weights"), layer.quantities.weights);
    layer.add(builder.getStringAttr("params"), layer.quantities.parameters);
  }
  addMetric("macs", nullptr, macs);
  addMetric("weights", nullptr, weights);
  addMetric("params", nullptr, parameters);
}

LogicalResult CostDerivation::deriveDevice(nas::DeviceOp device) {
  DeviceCostModel model(device);
  if (failed(model.verify()))
    return failure();
  StringAttr name = device.getSymNameAttr();
  auto metricName = [&](StringRef metric) {
    return builder.getStringAttr(key(metric, name.getValue()));
  };
  Value zero = expressions.constant(0);
  Value cycles = zero, energy = zero;
  Value flash = expressions.constant(device.getRuntimeFlash());
  DenseMap<Operation *, LayerDeviceCosts> costs;
  // In a fixed order: the expressions are the same in every run.
  std::set<StringRef> kernels;
  if (model.sharesKernels()) {
    KernelNeeds needs = kernelNeedsOfInput(original, expressions);
    flash = expressions.add(flash, model.flashOf(needs, expressions));
    kernels.insert(needs.kernels.begin(), needs.kernels.end());
  }
  for (Layer &layer : layers) {
    expressions.setLocation(layer.op.getLoc());
    LayerDeviceCosts layerCosts = {zero, zero, zero, {zero, Value(), zero}, {}};
    if (layer.runs) {
      FailureOr<LayerDeviceCosts> found = model.costsOf(
          layer.op, expressions, layer.inputs, layer.result, layer.quantities);
      if (failed(found))
        return failure();
      layerCosts = *found;
      kernels.insert(layerCosts.kernels.begin(), layerCosts.kernels.end());
    } else if (model.sharesKernels()) {
      if (auto needs = kernelNeedsOfFused(layer.op, expressions)) {
        layerCosts.flash = model.flashOf(*needs, expressions);
        kernels.insert(needs->kernels.begin(), needs->kernels.end());
      }
    }
    costs[layer.op] = layerCosts;
    cycles = expressions.add(cycles, activeOrZero(layer, layerCosts.cycles));
    energy = expressions.add(energy, activeOrZero(layer, layerCosts.energy));
    flash = expressions.add(flash, activeOrZero(layer, layerCosts.flash));
    layer.add(metricName("flash"), layerCosts.flash);
    layer.add(metricName("latency"),
              model.picoseconds(expressions, layerCosts.cycles));
    layer.add(metricName("energy"),
              model.picojoules(expressions, layerCosts.energy));
  }

  // Each kernel that some architecture may need, in all of them: an upper
  // bound that is no function of the choices.
  for (StringRef kernel : kernels)
    flash =
        expressions.add(flash, expressions.constant(model.kernelCode(kernel)));

  auto shape = [&](Value tensor) { return shapeOf(tensor); };
  auto activity = [&](Operation *op) { return activities.lookup(op); };
  auto memory = [&](nas::LayerOpInterface op) {
    return costs.lookup(op).memory;
  };
  ArenaProblem problem{shape, activity, memory, model.elementBytes(),
                       static_cast<int64_t>(device.getAlignment())};
  ArenaExpression arena(space, expressions, problem);
  expressions.setLocation(device.getLoc());
  for (Layer &layer : layers)
    layer.add(metricName("ram"), arena.inUse(layer.op));
  Value ram = expressions.add(
      arena.size(),
      expressions.constant(device.getStack() + device.getStaticRam()));

  addMetric("flash", name, flash);
  addMetric("ram", name, ram);
  addMetric("latency", name, model.picoseconds(expressions, cycles));
  addMetric("energy", name, model.picojoules(expressions, energy));
  addImpliedLimit(device, "ram", device.getRam());
  addImpliedLimit(device, "flash", device.getFlash());
  return success();
}

void CostDerivation::addImpliedLimit(nas::DeviceOp device, StringRef metric,
                                     std::optional<int64_t> bound) {
  if (!bound)
    return;
  Value value = metrics.lookup(key(metric, device.getSymName()));
  Value holds =
      expressions.compare(Predicate::le, value, expressions.constant(*bound));
  std::string text = (metric + " of device " + device.getSymName()).str();
  auto limit = builder.create<cost::LimitOp>(
      device.getLoc(), builder.getStringAttr(text), holds,
      builder.getStringAttr(metric), device.getSymNameAttr(),
      builder.getI64IntegerAttr(*bound), builder.getUnitAttr());
  cost::WrittenBound written;
  written.bound = *bound;
  written.unit = "KiB";
  written.unitSize = 1024;
  written.baseUnit = "B";
  written.text = *written.write(*bound, cost::Rounding::Up);
  limit->setAttr(cost::WrittenBound::attributeName,
                 written.toAttribute(builder.getContext()));
}

/// The value of a choice in the cost function: for real choices their position
/// in the grid, as a cost.choice that moveScalars takes over.
Value CostDerivation::positionOf(nas::ChoiceOp choice) {
  if (isa<cost::IntegerType>(choice.getResult().getType()))
    return choice.getResult();
  for (auto known : space.getBody().getOps<cost::ChoiceOp>())
    if (known.getChoice() == choice.getName())
      return known.getResult();
  std::vector<int64_t> positions = choice.getDomain().costValues();
  cost::Range range = {0, static_cast<int64_t>(positions.size()) - 1};
  return builder.create<cost::ChoiceOp>(
      choice.getLoc(), cost::integerType(choice.getContext(), range),
      choice.getNameAttr(), builder.getDenseI64ArrayAttr(positions));
}

LogicalResult CostDerivation::reportNoMetric(nas::MetricOp metric) {
  StringRef deviceName = metric.getDevice().value_or("");
  InFlightDiagnostic error = metric.emitError("the space has no metric '")
                             << key(metric.getMetric(), deviceName) << "'";
  auto device = module.lookupSymbol<nas::DeviceOp>(deviceName);
  if (device && !hasCostModel(device))
    error << ": the device has no cost model";
  return error << Diag::NAS3003;
}

LogicalResult CostDerivation::deriveLimits() {
  llvm::StringMap<nas::ChoiceOp> choices;
  for (nas::ChoiceOp choice : choicesOf(space))
    choices[choice.getName()] = choice;
  for (auto limits : module.getOps<nas::LimitsOp>()) {
    if (limits.getSpace() != original.getSymName())
      continue;
    IRMapping mapping;
    for (Operation &op : limits.getBody().front()) {
      expressions.setLocation(op.getLoc());
      if (isa<nas::ChoiceReferenceOp, nas::IsActiveOp>(op)) {
        StringRef name = op.getAttrOfType<StringAttr>("name").getValue();
        nas::ChoiceOp choice = choices.lookup(name);
        if (!choice)
          return op.emitError("no choice of the space has the name '")
                 << name << "'" << Diag::NAS2003;
        Value value;
        if (isa<nas::ChoiceReferenceOp>(op))
          value = positionOf(choice);
        else
          value = choice.getWhen() ? choice.getWhen() : expressions.constant(1);
        mapping.map(op.getResult(0), value);
      } else if (auto metric = dyn_cast<nas::MetricOp>(op)) {
        Value value = metrics.lookup(
            key(metric.getMetric(), metric.getDevice().value_or("")));
        if (!value)
          return reportNoMetric(metric);
        mapping.map(op.getResult(0), value);
      } else if (auto limit = dyn_cast<nas::LimitOp>(op)) {
        if (failed(deriveLimit(limit, mapping)))
          return failure();
      } else if (isa<cost::CostDialect>(op.getDialect())) {
        mapping.map(op.getResult(0),
                    expressions.copy(&op, llvm::map_to_vector(
                                              op.getOperands(), [&](Value v) {
                                                return mapping.lookup(v);
                                              })));
      } else {
        return op.emitOpError("cannot be part of limits");
      }
    }
  }
  return success();
}

LogicalResult CostDerivation::deriveLimit(nas::LimitOp limit,
                                          IRMapping &mapping) {
  StringAttr metric, device;
  IntegerAttr bound;
  // The frequent form `metric <= number`, for explanations.
  if (auto comparison = limit.getHolds().getDefiningOp<cost::CmpOp>()) {
    auto measured = comparison.getLhs().getDefiningOp<nas::MetricOp>();
    std::optional<int64_t> number = cost::constantOf(comparison.getRhs());
    if (measured && number && comparison.getPredicate() == Predicate::le) {
      metric = measured.getMetricAttr();
      if (measured.getDevice())
        device = builder.getStringAttr(*measured.getDevice());
      bound = builder.getI64IntegerAttr(*number);
    }
  }
  Value holds = mapping.lookup(limit.getHolds());
  Attribute written = limit->getAttr(cost::WrittenBound::attributeName);
  // The comparison as it was written, even where its ranges decide it: an
  // explanation asks for other numbers in it. A limit that does not apply
  // everywhere is the greater of that and of the comparison.
  auto copy = [&](cost::CmpOp comparison) -> Value {
    return builder.create<cost::CmpOp>(limit.getLoc(),
                                       comparison.getPredicate(),
                                       mapping.lookup(comparison.getLhs()),
                                       mapping.lookup(comparison.getRhs()));
  };
  Operation *condition = limit.getHolds().getDefiningOp();
  if (auto comparison = dyn_cast_or_null<cost::CmpOp>(condition);
      comparison && written) {
    holds = copy(comparison);
  } else if (auto either = dyn_cast_or_null<cost::MaxOp>(condition);
             either && written) {
    if (auto comparison = either.getRhs().getDefiningOp<cost::CmpOp>())
      holds = builder.create<cost::MaxOp>(
          limit.getLoc(), mapping.lookup(either.getLhs()), copy(comparison));
  }
  auto derived =
      builder.create<cost::LimitOp>(limit.getLoc(), limit.getTextAttr(), holds,
                                    metric, device, bound, UnitAttr());
  if (written)
    derived->setAttr(cost::WrittenBound::attributeName, written);
  return success();
}

void CostDerivation::moveIntoFunction() {
  for (Layer &layer : layers)
    builder.create<cost::LayerOp>(
        layer.op.getLoc(), builder.getStringAttr(layer.op.getLayerName()),
        builder.getStringAttr(layer.op->getName().stripDialect()), layer.active,
        layer.inputs.empty() ? Shape() : layer.inputs.front(), layer.result,
        builder.getArrayAttr(layer.metrics), layer.values);

  std::string name = (original.getSymName() + ".costs").str();
  if (auto old = module.lookupSymbol<cost::FunctionOp>(name))
    old.erase();
  OpBuilder outside(original);
  outside.setInsertionPointAfter(original);
  auto function = outside.create<cost::FunctionOp>(original.getLoc(), name);
  moveScalars(space, function);
  numExpressions = function.getBody().front().getOperations().size();
}

LogicalResult CostDerivation::verifyRanges(cost::FunctionOp function) {
  LogicalResult result = success();
  for (auto metric : function.getBody().getOps<cost::MetricOp>()) {
    cost::Range range = cost::rangeOf(metric.getValue());
    if (range.isBounded())
      continue;
    result = metric.emitError("the metric ")
             << key(metric.getMetric(), metric.getDevice().value_or(""))
             << " can exceed 64 bits in this space" << Diag::NAS2010;
  }
  if (failed(result))
    return result;
  for (Operation &op : function.getBody().front())
    for (Value value : op.getResults())
      if (!cost::rangeOf(value).isBounded())
        return op.emitError("a number in the space can exceed 64 bits")
               << Diag::NAS2010;
  return success();
}

struct NasDeriveCostsPass : nasc::impl::NasDeriveCostsBase<NasDeriveCostsPass> {
  void runOnOperation() override {
    for (auto space : llvm::to_vector(getOperation().getOps<nas::SpaceOp>())) {
      CostDerivation derivation(space, getOperation());
      if (failed(derivation.run()))
        return signalPassFailure();
      layers += derivation.numLayers;
      fusedLayers += derivation.numFused;
      expressions += derivation.numExpressions;
    }
  }
};

} // namespace

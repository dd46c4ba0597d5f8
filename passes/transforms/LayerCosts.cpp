//===- LayerCosts.cpp - What a layer costs on a device --------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/transforms/LayerCosts.h"

#include "dialects/diagnostics/CodedDiagnostic.h"
#include "passes/transforms/Fusion.h"

#include "llvm/ADT/StringSwitch.h"
#include "llvm/ADT/TypeSwitch.h"

#include <numeric>

using namespace mlir;
using namespace nasc;
using nas::LayerRole;
using nas::Shape;

DeviceCostModel::DeviceCostModel(nas::DeviceOp device) : device(device) {
  for (auto candidate : device.getBody().getOps<nas::CostModelOp>())
    if (!model || candidate.getPrecision() == device.getPrecision())
      model = candidate;
}

LogicalResult DeviceCostModel::verify() {
  if (model)
    return success();
  return device.emitError("the device '")
         << device.getSymName() << "' has no cost model" << Diag::NAS2011;
}

/// The entry for a kind, or for a kind that it is a special case of.
nas::LayerCostOp DeviceCostModel::costOfKind(StringRef kind) {
  while (true) {
    for (auto entry : model.getBody().getOps<nas::LayerCostOp>())
      if (entry.getKind() == kind)
        return entry;
    StringRef general = llvm::StringSwitch<StringRef>(kind)
                            .Cases("pointwise_conv2d", "grouped_conv2d",
                                   "depthwise_conv2d", "conv1d", "conv2d")
                            .Case("dense", "pointwise_conv2d")
                            .Cases("pool", "add", "elementwise")
                            .Default("");
    if (general.empty())
      return nullptr;
    kind = general;
  }
}

/// The value of a key of a latency table for a layer, or null where the layer
/// has no such size.
static Value keyOf(nas::LayerOpInterface layer, StringRef key,
                   ArrayRef<Shape> inputs, const Shape &result) {
  const Shape &input = inputs.front();
  if (key == "input_channels")
    return input.back();
  if (key == "output_channels")
    return result.back();
  if (key == "input_height")
    return input.size() >= 2 ? input[0] : Value();
  if (key == "input_width")
    return input.size() == 3 ? input[1] : Value();
  if (key == "kernel_height")
    return nas::operandOf(layer, LayerField::KernelHeight);
  if (key == "kernel_width")
    return nas::operandOf(layer, LayerField::KernelWidth);
  return nas::operandOf(layer, LayerField::StrideHeight);
}

/// The module-level table of a device's latency table, made on first use.
static cost::TableOp tableFor(nas::LatencyTableOp table, nas::DeviceOp device,
                              StringRef precision) {
  auto module = device->getParentOfType<ModuleOp>();
  std::string name = (device.getSymName() + "_" + precision + "_" +
                      table.getKind() + "_latency")
                         .str();
  if (auto known = module.lookupSymbol<cost::TableOp>(name))
    return known;
  OpBuilder builder(device);
  return builder.create<cost::TableOp>(table.getLoc(), name, table.getKeys(),
                                       table.getRows(), table.getValues());
}

Value DeviceCostModel::lookUpLatency(nas::LayerOpInterface layer,
                                     StringRef kind,
                                     cost::ExpressionBuilder &expressions,
                                     ArrayRef<Shape> inputs,
                                     const Shape &result, Value otherwise) {
  for (auto table : model.getBody().getOps<nas::LatencyTableOp>()) {
    if (table.getKind() != kind)
      continue;
    SmallVector<Value> keys;
    for (StringRef key : table.getKeys().getAsValueRange<StringAttr>())
      if (Value value = keyOf(layer, key, inputs, result))
        keys.push_back(value);
    if (keys.size() != table.getKeys().size())
      continue;
    cost::Range range = cost::rangeOf(otherwise);
    bool reachable = false;
    for (auto [row, value] : llvm::zip(table.getRows(), table.getValues())) {
      ArrayRef<int64_t> numbers = cast<DenseI64ArrayAttr>(row).asArrayRef();
      if (llvm::all_of(llvm::zip(keys, numbers), [](auto pair) {
            return cost::rangeOf(std::get<0>(pair)).contains(std::get<1>(pair));
          })) {
        range = cost::unite(range, cost::Range::constant(value));
        reachable = true;
      }
    }
    if (!reachable)
      continue;
    cost::TableOp symbol =
        tableFor(table, device, nas::stringifyPrecision(model.getPrecision()));
    otherwise = expressions.getBuilder().create<cost::LookupOp>(
        layer.getLoc(), cost::integerType(layer.getContext(), range),
        FlatSymbolRefAttr::get(symbol), keys, otherwise);
  }
  return otherwise;
}

int64_t DeviceCostModel::kernelCode(StringRef kernel) {
  // A form of a kernel that a model does not know is counted as the kernel.
  while (true) {
    if (auto bytes = model.getKernelCode()->getAs<IntegerAttr>(kernel))
      return bytes.getInt();
    if (!kernel.consume_back("_summand") && !kernel.consume_back("_rescaled"))
      return 0;
  }
}

int64_t DeviceCostModel::callCode(StringRef kind) {
  nas::LayerCostOp entry = costOfKind(kind);
  return entry ? entry.getCode() : 0;
}

Value DeviceCostModel::flashOf(const KernelNeeds &needs,
                               cost::ExpressionBuilder &expressions) {
  return expressions.add(
      needs.tables,
      expressions.constant(needs.calls * callCode("elementwise")));
}

/// Layers of the float32 code that compute each element of the result from the
/// same element of an operand, and can therefore write the result over it.
static bool isInPlace(nas::LayerOpInterface layer) {
  const LayerRole role = layer.getRole();
  return role == LayerRole::Join || role == LayerRole::Activation ||
         role == LayerRole::Normalization;
}

FailureOr<LayerDeviceCosts>
DeviceCostModel::costsOf(nas::LayerOpInterface layer,
                         cost::ExpressionBuilder &expressions,
                         ArrayRef<Shape> inputs, const Shape &result,
                         const nas::LayerQuantities &quantities) {
  Value outputs = expressions.product(result);
  Value elements = outputs;
  for (const Shape &input : inputs)
    elements = expressions.add(elements, expressions.product(input));
  Value weightBytes = expressions.mul(quantities.weights, elementBytes());
  int64_t biasBytes = model.getBiasBytes();
  // By itself, a normalisation has a factor and a summand for each channel.
  if (layer.getRole() == LayerRole::Normalization)
    biasBytes *= 2;
  Value constantBytes = expressions.add(
      weightBytes, expressions.mul(quantities.biasChannels, biasBytes));
  Value moved =
      expressions.add(expressions.mul(elements, elementBytes()), weightBytes);

  LayerDeviceCosts costs;
  SmallVector<nas::LayerCostKind> kinds = layer.costKinds(expressions);
  for (const nas::LayerCostKind &kind : llvm::reverse(kinds)) {
    if (cost::constantOf(kind.condition) == 0)
      continue;
    nas::LayerCostOp entry = costOfKind(kind.kind);
    if (!entry)
      return layer.emitError("the cost model '")
             << nas::stringifyPrecision(model.getPrecision()) << "' of device '"
             << device.getSymName() << "' says nothing of layers of kind "
             << kind.kind << Diag::NAS2011;
    Value cycles = expressions.sum(
        {expressions.constant(entry.getOverhead()),
         expressions.mul(quantities.macs, entry.getCyclesPerMac()),
         expressions.mul(outputs, entry.getCyclesPerOutput()),
         expressions.mul(moved, model.getCyclesPerByte())});
    cycles =
        lookUpLatency(layer, kind.kind, expressions, inputs, result, cycles);
    Value energy = expressions.add(
        expressions.mul(quantities.macs, entry.getEnergyPerMac()),
        expressions.mul(moved, model.getEnergyPerByte()));
    Value code = expressions.constant(entry.getCode());
    Value scratch = expressions.constant(entry.getScratch());
    if (!costs.cycles) {
      costs = {cycles, energy, code, {scratch, Value(), scratch}, {}};
      continue;
    }
    costs.cycles = expressions.select(kind.condition, cycles, costs.cycles);
    costs.energy = expressions.select(kind.condition, energy, costs.energy);
    costs.flash = expressions.select(kind.condition, code, costs.flash);
    costs.memory.scratch =
        expressions.select(kind.condition, scratch, costs.memory.scratch);
  }
  costs.memory.overwritingScratch = costs.memory.scratch;
  if (sharesKernels()) {
    const bool isQuantizedElsewhere = !device->getParentOfType<ModuleOp>()
                                           .getOps<nas::QuantizationOp>()
                                           .empty();
    KernelNeeds needs =
        kernelNeeds(layer, expressions, inputs, result, isQuantizedElsewhere);
    costs.memory = needs.memory;
    costs.kernels = needs.kernels;
    // Every array of constants begins at a multiple of four bytes.
    costs.flash = expressions.sum(
        {expressions.mul(costs.flash, needs.calls), needs.tables,
         expressions.constant(cost::constantOf(quantities.weights) == 0 ? 0
                                                                        : 3)});
  } else if (isInPlace(layer)) {
    costs.memory.overwrites = expressions.constant(1);
  }
  costs.flash = expressions.add(costs.flash, constantBytes);
  return costs;
}

Value DeviceCostModel::picoseconds(cost::ExpressionBuilder &expressions,
                                   Value cycles) {
  // A thousandth of a cycle takes 10⁹ / clock picoseconds.
  int64_t numerator = 1'000'000'000;
  int64_t denominator = device.getClock();
  int64_t divisor = std::gcd(numerator, denominator);
  return expressions.ceilDiv(expressions.mul(cycles, numerator / divisor),
                             denominator / divisor);
}

Value DeviceCostModel::picojoules(cost::ExpressionBuilder &expressions,
                                  Value energy) {
  return expressions.ceilDiv(energy, 1000);
}

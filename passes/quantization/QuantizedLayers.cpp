//===- QuantizedLayers.cpp - The integers of a network's layers -----------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/quantization/QuantizedLayers.h"
#include "dialects/diagnostics/CodedDiagnostic.h"
#include "passes/transforms/Fusion.h"
#include <cmath>

namespace nasc {
using namespace mlir;

//===----------------------------------------------------------------------===//
// Groups
//===----------------------------------------------------------------------===//

bool isBound(Operation *op) {
  return isa<nas::ReLUOp, nas::ReLU6Op, nas::RequantizeOp>(op);
}

static void addBounds(Operation *op, LayerGroup &group) {
  if (isa<nas::ReLUOp, nas::ReLU6Op>(op))
    group.minimum = 0.0;
  if (isa<nas::ReLU6Op>(op))
    group.maximum = 6.0;
}

/// Whether 32-bit numbers are the layer's result before it is stored, so that
/// what bounds them can become part of it.
static bool storesSums(nas::LayerOpInterface layer) {
  switch (layer.getRole()) {
  case nas::LayerRole::Weighted:
  case nas::LayerRole::Join:
  case nas::LayerRole::Normalization:
    return true;
  case nas::LayerRole::Kernel: {
    auto pool = dyn_cast<nas::AveragePoolOp>(layer.getOperation());
    return isa<nas::GlobalAveragePoolOp>(layer) || (pool && pool.coversImage());
  }
  case nas::LayerRole::Activation:
  case nas::LayerRole::Alias:
    return false;
  }
  llvm_unreachable("all roles are covered");
}

LayerGroup QuantizedLayers::makeGroup(nas::LayerOpInterface leader) const {
  LayerGroup group;
  group.members.push_back(leader);
  addBounds(leader, group);
  bool mayNormalize = leader.getRole() == nas::LayerRole::Weighted;
  bool isBounded = leader.getRole() == nas::LayerRole::Alias;
  while (!isBounded) {
    Value result = group.last()->getResult(0);
    if (!result.hasOneUse())
      break;
    auto reader = dyn_cast<nas::LayerOpInterface>(*result.user_begin());
    if (!reader)
      break;
    // What the network says of a tensor between has its effect, unless the
    // reader is a bound that stores the same integers: then rounding first or
    // bounding first is the same.
    nas::QuantizationOp own;
    for (nas::LayerOpInterface member : group.members)
      if (nas::QuantizationOp op = quantizationOp(member))
        own = op;
    nas::QuantizationOp next = quantizationOp(reader);
    const bool isSame = own && next && own.getScale() == next.getScale() &&
                        own.getZeroPoint() == next.getZeroPoint();
    const bool isFree = !own || isSame || !next;
    if (reader.getRole() == nas::LayerRole::Alias &&
        !isa<nas::FlattenOp>(reader)) {
      // The same tensor.
    } else if (mayNormalize && !own && isa<nas::BatchNormOp>(reader)) {
      group.normalization = cast<nas::BatchNormOp>(reader.getOperation());
      mayNormalize = false;
    } else if (isBound(reader) && storesSums(leader) &&
               (isa<nas::RequantizeOp>(reader) ? !own : isFree)) {
      addBounds(reader, group);
      isBounded = true;
    } else {
      break;
    }
    group.members.push_back(reader);
  }
  return group;
}

static TensorQuantization asQuantization(nas::QuantizationOp op) {
  return {op.getScale().convertToDouble(),
          static_cast<int64_t>(op.getZeroPoint())};
}

LogicalResult QuantizedLayers::setQuantization(LayerGroup &group) const {
  if (group.leader().getRole() == nas::LayerRole::Alias) {
    group.quantization =
        quantizationOf(group.leader().getTensorInputs().front());
    return success();
  }
  for (nas::LayerOpInterface member : llvm::reverse(group.members)) {
    if (auto stored = dyn_cast<nas::RequantizeOp>(member.getOperation())) {
      group.quantization = {stored.getScale().convertToDouble(),
                            static_cast<int64_t>(stored.getZeroPoint())};
      return success();
    }
    if (nas::QuantizationOp op = quantizationOp(member)) {
      group.quantization = asQuantization(op);
      return success();
    }
  }
  nas::LayerOpInterface leader = group.leader(), last = group.last();
  if (leader.keepsScale()) {
    group.quantization = quantizationOf(leader.getTensorInputs().front());
    return success();
  }
  if (!placeholders)
    return last.emitError("no nas.quantization of the layer '")
           << last.getLayerName()
           << "' in the module: the numbers that it takes are not known; "
              "calibrate the network with samples"
           << Diag::NAS6020;
  // Like real ones, no power of two.
  group.quantization.scale =
      (1.0 + llvm::hash_value(last.getLayerName()) % 97 / 100.0) / 16;
  group.quantization.zeroPoint =
      group.minimum
          ? -128
          : static_cast<int64_t>(llvm::hash_value(last.getLayerName()) % 33) -
                16;
  return success();
}

FailureOr<QuantizedLayers> QuantizedLayers::create(nas::SpaceOp space,
                                                   const RawSamples &samples,
                                                   bool placeholders) {
  QuantizedLayers layers(placeholders);
  for (auto op :
       space->getParentOfType<ModuleOp>().getOps<nas::QuantizationOp>())
    layers.quantizationOps[op.getLayer()] = op;

  std::optional<TensorQuantization> input = freeQuantization(samples);
  if (nas::QuantizationOp op = layers.quantizationOps.lookup("input"))
    input = asQuantization(op);
  if (!input && placeholders)
    input = TensorQuantization{1.0 / 128, 0};
  if (!input)
    return space.emitError("no nas.quantization of 'input' in the module: the "
                           "numbers that it takes are not known; calibrate the "
                           "network with samples")
           << Diag::NAS6020;
  layers.quantizations[space.getBody().getArgument(0)] = *input;

  for (auto layer : space.getBody().getOps<nas::LayerOpInterface>()) {
    // Part of a layer before it.
    if (layers.quantizations.contains(layer->getResult(0)))
      continue;
    LayerGroup group = layers.makeGroup(layer);
    if (failed(layers.setQuantization(group)))
      return failure();
    for (nas::LayerOpInterface member : group.members)
      layers.quantizations[member->getResult(0)] = group.quantization;
    layers.groupOfLeader[layer] = layers.groups.size();
    layers.groups.push_back(std::move(group));
  }
  if (failed(layers.setWeights()))
    return failure();
  return layers;
}

const LayerGroup *QuantizedLayers::groupLedBy(Operation *op) const {
  auto found = groupOfLeader.find(op);
  return found == groupOfLeader.end() ? nullptr : &groups[found->second];
}

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

FailureOr<QuantizedLayers::RealWeights>
QuantizedLayers::realWeights(const LayerGroup &group) const {
  nas::LayerOpInterface layer = group.leader();
  auto shape = weightShape(layer);
  if (failed(shape))
    return failure();
  auto weights = layerWeights.weights(layer, "weight", shape->sizes);
  if (failed(weights))
    return failure();
  const size_t channels = shape->channels;
  RealWeights real;
  real.values.assign(weights->values.begin(), weights->values.end());
  real.scales = std::move(weights->scales);
  if (real.scales.size() == 1)
    real.scales.assign(channels, real.scales.front());
  real.bias.assign(channels, 0.0);
  if (shape->hasBias) {
    auto bias = layerWeights.weights(layer, "bias", {shape->channels});
    if (failed(bias))
      return failure();
    real.bias.assign(bias->values.begin(), bias->values.end());
  }
  if (group.normalization) {
    auto factors = layerWeights.factors(group.normalization);
    if (failed(factors))
      return failure();
    real.following = std::move(*factors);
  }
  for (size_t i = 0; i < real.values.size(); ++i)
    if (!std::isfinite(
            static_cast<float>(real.values[i] * real.factor(i % channels))))
      return layer.emitError("a weight is not a finite number")
             << Diag::NAS6021;
  for (size_t i = 0; i < channels; ++i)
    if (!std::isfinite(real.summand(i)))
      return layer.emitError("the bias of channel ")
             << i << " is not a finite number" << Diag::NAS6021;
  return real;
}

std::vector<double> QuantizedLayers::stepsOf(const LayerGroup &group,
                                             const RealWeights &real) const {
  const size_t channels = real.bias.size();
  const bool isGiven = !real.scales.empty();
  std::vector<double> steps(channels, 0.0);
  if (isGiven) {
    for (size_t i = 0; i < channels; ++i)
      steps[i] = real.scales[i] * std::fabs(real.factor(i));
  } else {
    for (size_t i = 0; i < real.values.size(); ++i)
      steps[i % channels] = std::max(
          steps[i % channels],
          std::fabs(real.values[i] * real.factor(i % channels)) / 127.0);
  }
  // Channels that hardly count: their multipliers and biases must fit beside
  // the others'. A step that grows so far moves a result by less than a
  // thousandth of what its bias or the greatest channel is.
  double floor = *llvm::max_element(steps) / 65536.0;
  if (floor == 0.0)
    floor = 1.0;
  const double input =
      quantizationOf(group.leader().getTensorInputs().front()).scale;
  for (size_t i = 0; i < channels; ++i)
    steps[i] = asFileNumber(
        std::max({steps[i], isGiven && steps[i] > 0.0 ? 0.0 : floor,
                  std::fabs(real.summand(i)) / (input * 1073741824.0)}));
  return steps;
}

FailureOr<IntegerWeights> QuantizedLayers::integersOf(const LayerGroup &group,
                                                      const RealWeights &real,
                                                      bool addsSummands) const {
  nas::LayerOpInterface op = group.leader();
  const size_t channels = real.bias.size();
  const TensorQuantization input = quantizationOf(op.getTensorInputs().front());
  const std::vector<double> steps = stepsOf(group, real);
  IntegerWeights result;
  result.scales.assign(steps.begin(), steps.end());
  result.negated.assign(channels, false);
  std::vector<int64_t> integers(real.values.size());
  for (size_t i = 0; i < real.values.size(); ++i) {
    const size_t channel = i % channels;
    const double factor = real.factor(channel);
    if (real.scales.empty()) {
      integers[i] = std::llround(real.values[i] * factor / steps[channel]);
      continue;
    }
    // First the file's integers, exactly.
    const double step = real.scales[channel];
    const int64_t given = std::llround(real.values[i] / step);
    if (given < -128 || given > 127)
      return op.emitError("expected weights that are -128 to 127 times their "
                          "scale, found ")
             << real.values[i] << " with a scale of " << step << Diag::NAS6020;
    const double magnitude = step * std::fabs(factor);
    integers[i] = magnitude > 0.0 && asFileNumber(magnitude) == steps[channel]
                      ? given
                      : std::llround(given * (magnitude / steps[channel]));
    if (factor < 0.0) {
      // -128 has no negative.
      if (integers[i] == -128)
        result.negated[channel] = true;
      integers[i] = -integers[i];
    }
  }
  std::vector<int64_t> highest(channels, 0), lowest(channels, 0);
  result.values.reserve(integers.size());
  for (size_t i = 0; i < integers.size(); ++i) {
    const size_t channel = i % channels;
    const int64_t weight = result.negated[channel] ? -integers[i] : integers[i];
    assert(weight >= -128 && weight <= 127 && "a weight leaves its 8 bits");
    result.values.push_back(static_cast<int8_t>(weight));
    const int64_t atLow = weight * (-128 - input.zeroPoint);
    const int64_t atHigh = weight * (127 - input.zeroPoint);
    highest[channel] += std::max(atLow, atHigh);
    lowest[channel] += std::min(atLow, atHigh);
  }
  for (size_t i = 0; i < channels; ++i) {
    const double scale = input.scale * steps[i];
    if (addsSummands)
      result.summands.push_back(real.summand(i));
    const double number =
        addsSummands ? 0.0
                     : std::round(result.sign(i) * real.summand(i) / scale);
    const double limit = std::numeric_limits<int32_t>::max();
    if (!(number + highest[i] <= limit && number + lowest[i] >= -limit))
      return op.emitError("the sums of channel ")
             << i << " can exceed 32 bits (bias " << number
             << ", products from " << lowest[i] << " to " << highest[i]
             << "); fewer inputs or smaller weights are needed"
             << Diag::NAS6022;
    const double largest =
        std::fabs(number) +
        std::max<double>(std::abs(highest[i]), std::abs(lowest[i]));
    if (largest * scale / group.quantization.scale >= limit)
      return op.emitError("the scaled sums of channel ")
             << i << " can exceed 32 bits: its weights are much larger than "
             << "its results; is the calibration representative?"
             << Diag::NAS6022;
    result.bias.push_back(static_cast<int32_t>(number));
    result.largestSums.push_back(largest);
  }
  return result;
}

LogicalResult QuantizedLayers::setWeights() {
  std::vector<std::pair<LayerGroup *, RealWeights>> weighted;
  // A file's integers have steps of their own, and its biases, with what
  // follows them, may lie between: rounding them must not be seen in a result.
  // Kernels of one form are enough for a network.
  bool addsSummands = false;
  constexpr double unseen = 1.0 / 4096;
  for (LayerGroup &group : groups) {
    if (group.leader().getRole() != nas::LayerRole::Weighted)
      continue;
    FailureOr<RealWeights> real = realWeights(group);
    if (failed(real))
      return failure();
    const double input =
        quantizationOf(group.leader().getTensorInputs().front()).scale;
    const std::vector<double> steps = stepsOf(group, *real);
    for (size_t i = 0; i < steps.size() && !real->scales.empty(); ++i)
      addsSummands |=
          std::fabs(std::remainder(real->summand(i), input * steps[i])) >
          unseen * group.quantization.scale;
    weighted.emplace_back(&group, std::move(*real));
  }
  for (auto &[group, real] : weighted) {
    FailureOr<IntegerWeights> integers = integersOf(*group, real, addsSummands);
    if (failed(integers))
      return failure();
    group->weights = std::move(*integers);
  }
  return success();
}

} // namespace nasc

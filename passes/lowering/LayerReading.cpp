//===- LayerReading.cpp - What lowerings read of a network ----------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/lowering/LayerReading.h"
#include "dialects/diagnostics/CodedDiagnostic.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "passes/transforms/Fusion.h"
#include "llvm/ADT/TypeSwitch.h"
#include <cmath>

namespace nasc {
using namespace mlir;

FailureOr<Weights> LayerWeights::weights(Operation *op, StringRef name,
                                         ArrayRef<int64_t> shape) const {
  auto layer = cast<nas::LayerOpInterface>(op);
  const std::string symbol = (layer.getLayerName() + "." + name).str();
  Weights result;
  result.shape.assign(shape.begin(), shape.end());
  const int64_t count = ShapedType::getNumElements(shape);
  auto found =
      op->getParentOfType<ModuleOp>().lookupSymbol<nas::WeightsOp>(symbol);
  if (!found) {
    if (!placeholders)
      return op->emitError("no weights '")
             << symbol << "' in the module" << Diag::NAS6001;
    // Any numbers that are not alike; an identity as a normalisation.
    result.values.resize(count);
    uint32_t state = 12345 + llvm::hash_value(StringRef(symbol)) % 1000;
    for (float &value : result.values) {
      state = state * 1664525u + 1013904223u;
      value = name == "variance" || name == "scale"
                  ? 1.0f
                  : (static_cast<int32_t>(state >> 16) - 32768) / 327680.0f;
    }
    return result;
  }
  ElementsAttr attribute = found.getValue();
  if (attribute.getShapedType().getShape() != shape ||
      !attribute.getElementType().isF32()) {
    InFlightDiagnostic error =
        op->emitError("expected weights '")
        << symbol << "' of type "
        << RankedTensorType::get(shape, Float32Type::get(op->getContext()))
        << ", found " << attribute.getShapedType() << Diag::NAS6001;
    error.attachNote(found.getLoc()) << "the weights are here";
    return error;
  }
  if (found.getScales())
    result.scales.append(found.getScales()->begin(), found.getScales()->end());
  if (auto dense = dyn_cast<DenseElementsAttr>(attribute)) {
    auto numbers = dense.getValues<float>();
    result.values.assign(numbers.begin(), numbers.end());
    return result;
  }
  if (auto resource = dyn_cast<DenseF32ResourceElementsAttr>(attribute))
    if (std::optional<ArrayRef<float>> numbers = resource.tryGetAsArrayRef();
        numbers && static_cast<int64_t>(numbers->size()) == count) {
      result.values.assign(numbers->begin(), numbers->end());
      return result;
    }
  return op->emitError("cannot read the weights '")
         << symbol << "'" << Diag::NAS6001;
}

FailureOr<ChannelFactors> LayerWeights::factors(nas::BatchNormOp op) const {
  const int64_t channels = imageShape(op.getResult())[3];
  auto scale = weights(op, "scale", {channels});
  auto shift = weights(op, "shift", {channels});
  auto mean = weights(op, "mean", {channels});
  auto variance = weights(op, "variance", {channels});
  if (failed(scale) || failed(shift) || failed(mean) || failed(variance))
    return failure();
  const double epsilon = op.getEpsilon().convertToDouble();
  ChannelFactors result;
  for (int64_t i = 0; i < channels; ++i) {
    const double factor =
        scale->values[i] /
        std::sqrt(static_cast<double>(variance->values[i]) + epsilon);
    const double summand = shift->values[i] - mean->values[i] * factor;
    if (!std::isfinite(factor) || !std::isfinite(summand))
      return op.emitError("channel ")
             << i << " is normalised by a variance of " << variance->values[i]
             << ", which gives no finite numbers" << Diag::NAS6021;
    result.factor.push_back(factor);
    result.summand.push_back(summand);
  }
  return result;
}

FailureOr<std::pair<Weights, Weights>>
LayerWeights::foldedWeights(Operation *op) {
  auto shape = weightShape(op);
  if (failed(shape))
    return failure();
  const int64_t channels = shape->channels;
  auto kernel = weights(op, "weight", shape->sizes);
  if (failed(kernel))
    return failure();
  Weights bias{{channels}, std::vector<float>(channels, 0.0f)};
  if (shape->hasBias) {
    auto given = weights(op, "bias", {channels});
    if (failed(given))
      return failure();
    bias = std::move(*given);
  }
  auto reader = fusedReaderOf(cast<nas::LayerOpInterface>(op));
  auto normalization = reader
                           ? dyn_cast<nas::BatchNormOp>(reader.getOperation())
                           : nas::BatchNormOp();
  if (!normalization)
    return std::make_pair(std::move(*kernel), std::move(bias));
  auto channel = factors(normalization);
  if (failed(channel))
    return failure();
  // Channels are the fastest dimension of every kind of weight.
  for (size_t i = 0; i < kernel->values.size(); ++i)
    kernel->values[i] =
        static_cast<float>(kernel->values[i] * channel->factor[i % channels]);
  for (int64_t i = 0; i < channels; ++i)
    bias.values[i] = static_cast<float>(bias.values[i] * channel->factor[i] +
                                        channel->summand[i]);
  folded.insert(normalization);
  return std::make_pair(std::move(*kernel), std::move(bias));
}

Weights filterMajor(const Weights &weights, int64_t begin, int64_t count) {
  const int64_t filters = weights.shape[3];
  const int64_t each = weights.values.size() / filters;
  Weights result{{count, weights.shape[0], weights.shape[1], weights.shape[2]},
                 std::vector<float>(count * each)};
  for (int64_t filter = 0; filter < count; ++filter)
    for (int64_t i = 0; i < each; ++i)
      result.values[filter * each + i] =
          weights.values[i * filters + begin + filter];
  return result;
}

FailureOr<WeightShape> weightShape(Operation *op) {
  const SmallVector<int64_t, 4> input = imageShape(op->getOperand(0));
  WeightShape shape;
  shape.channels = imageShape(op->getResult(0))[3];
  auto known = [&](ArrayRef<Value> sizes, auto hasBias) -> LogicalResult {
    for (Value size : sizes) {
      auto number = staticSize(op, size);
      if (failed(number))
        return failure();
      shape.sizes.push_back(*number);
    }
    shape.hasBias = hasBias;
    return success();
  };
  // The kernel's sizes, and behind them for a moment the groups.
  LogicalResult read =
      llvm::TypeSwitch<Operation *, LogicalResult>(op)
          .Case([&](nas::Conv2DOp conv) {
            return known({conv.getKernelHeight(), conv.getKernelWidth(),
                          conv.getGroups()},
                         conv.getBias());
          })
          .Case([&](nas::Conv1DOp conv) {
            return known({conv.getKernel(), conv.getGroups()}, conv.getBias());
          })
          .Case([&](nas::DepthwiseConv2DOp conv) {
            return known({conv.getKernelHeight(), conv.getKernelWidth()},
                         conv.getBias());
          })
          .Case([&](nas::DenseOp dense) { return known({}, dense.getBias()); })
          .Default([](Operation *) -> LogicalResult {
            llvm_unreachable("not a layer with weights");
          });
  if (failed(read))
    return failure();
  if (isa<nas::DepthwiseConv2DOp>(op)) {
    shape.sizes.append({shape.channels, 1});
    return shape;
  }
  const int64_t inputs = isa<nas::DenseOp>(op)
                             ? ShapedType::getNumElements(input)
                             : input[3] / shape.sizes.pop_back_val();
  shape.sizes.append({inputs, shape.channels});
  return shape;
}

SmallVector<int64_t, 4> imageShape(Value tensor) {
  ArrayRef<int64_t> shape = cast<nas::TensorType>(tensor.getType()).getShape();
  SmallVector<int64_t, 4> full(4 - shape.size(), 1);
  full.append(shape.begin(), shape.end());
  return full;
}

FailureOr<int64_t> staticSize(Operation *op, Value value) {
  if (auto number = value.getDefiningOp<cost::ConstantOp>())
    return static_cast<int64_t>(number.getValue());
  return op->emitError("expected constants as the sizes of a layer; specialise "
                       "the space first")
         << Diag::NAS6001;
}

FailureOr<std::array<int64_t, 4>>
resolvePadding(Operation *op, nas::PaddingAttr pad, Value input,
               std::array<int64_t, 2> kernel, std::array<int64_t, 2> stride) {
  if (pad.getMode() == nas::PaddingMode::valid)
    return std::array<int64_t, 4>{0, 0, 0, 0};
  const SmallVector<int64_t, 4> image = imageShape(input);
  const bool isRow = isa<nas::Conv1DOp>(op);
  if (pad.getMode() == nas::PaddingMode::same) {
    auto [top, bottom] = nas::samePadding(image[1], kernel[0], stride[0]);
    auto [left, right] = nas::samePadding(image[2], kernel[1], stride[1]);
    return std::array<int64_t, 4>{top, bottom, left, right};
  }
  ArrayRef<int64_t> amounts = pad.getAmounts();
  if (amounts.size() < (isRow ? 2u : 4u))
    return op->emitError("expected four amounts of padding") << Diag::NAS6001;
  if (isRow)
    return std::array<int64_t, 4>{0, 0, amounts[0], amounts[1]};
  return std::array<int64_t, 4>{amounts[0], amounts[1], amounts[2], amounts[3]};
}

FailureOr<RawSamples> readRawSamples(nas::SpaceOp space, StringRef wanted) {
  auto dataset = nas::DatasetOp::find(space, space.getDatasetAttr());
  RawSamples samples;
  samples.element = wanted.str();
  if (samples.element.empty())
    samples.element =
        nas::stringifyElementType(dataset ? dataset.getElementType()
                                          : nas::ElementType::Float32)
            .str();
  if (samples.element != "uint8" && samples.element != "int8" &&
      samples.element != "float32")
    return space.emitError("expected samples of uint8, int8 or float32, not '")
           << samples.element << "'" << Diag::NAS6001;

  const int64_t channels = imageShape(space.getBody().getArgument(0))[3];
  auto perChannel = [&](StringRef name, DenseF64ArrayAttr given,
                        double preset) -> FailureOr<SmallVector<double>> {
    SmallVector<double> numbers;
    if (given)
      numbers.append(given.asArrayRef().begin(), given.asArrayRef().end());
    if (numbers.empty())
      numbers.push_back(preset);
    if (numbers.size() == 1)
      numbers.assign(channels, numbers.front());
    if (static_cast<int64_t>(numbers.size()) != channels)
      return dataset.emitError("expected 1 or ")
             << channels << " numbers as '" << name << "', found "
             << numbers.size() << Diag::NAS6001;
    return numbers;
  };
  const nas::DatasetSettingsAttr settings =
      dataset ? dataset.settings() : nas::DatasetSettingsAttr();
  auto scale = perChannel("scale", settings ? settings.getScale() : nullptr,
                          samples.element == "uint8" ? 1.0 / 255.0 : 1.0);
  auto mean = perChannel("mean", settings ? settings.getMean() : nullptr, 0.0);
  auto deviation = perChannel(
      "deviation", settings ? settings.getDeviation() : nullptr, 1.0);
  if (failed(scale) || failed(mean) || failed(deviation))
    return failure();
  for (int64_t channel = 0; channel < channels; ++channel) {
    samples.factors.push_back((*scale)[channel] / (*deviation)[channel]);
    samples.offsets.push_back(-(*mean)[channel] / (*deviation)[channel]);
  }
  return samples;
}

} // namespace nasc

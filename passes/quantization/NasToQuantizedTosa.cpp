//===- NasToQuantizedTosa.cpp - A network on 8-bit integers in TOSA -------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/nas/Nas.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "passes/lowering/LayerReading.h"
#include "passes/quantization/Passes.h"
#include "passes/quantization/Quantization.h"
#include "llvm/ADT/StringMap.h"
#include <cmath>
#include <map>

namespace nasc {
#define GEN_PASS_DEF_CONVERTNASTOQUANTIZEDTOSA
#include "passes/quantization/Passes.h.inc"

namespace {
using namespace mlir;

/// A layer and what is computed as a part of it: the normalisation that is
/// folded into its weights, and `relu` or `relu6`.
struct FusedLayer {
  /// The tensor that is stored.
  Value result;
  /// The layers, the last one first.
  SmallVector<nas::LayerOpInterface> members;
  /// What the activation bounds the numbers to.
  std::optional<double> minimum, maximum;
};

/// Converts the layers of one space.
class QuantizedConverter {
public:
  QuantizedConverter(nas::SpaceOp space, OpBuilder &builder, Rounding rounding,
                     bool placeholders)
      : layerWeights(space, placeholders), space(space), builder(builder),
        rounding(rounding), placeholders(placeholders) {
    for (auto op :
         space->getParentOfType<ModuleOp>().getOps<nas::QuantizationOp>())
      quantizationOps[op.getLayer()] = op;
  }

  FailureOr<func::FuncOp> convert(StringRef element);

  unsigned numLayers = 0, numFused = 0, numTables = 0;

  // What the lowerings of the layers use.
  LayerWeights layerWeights;

  Value get(Value tensor) { return values.lookup(tensor); }
  TensorQuantization quantizationOf(Value tensor) {
    return quantizations.lookup(tensor);
  }
  /// Stores what a layer computes without arithmetic: the numbers stay.
  LogicalResult keep(Operation *op, Value value) {
    set(op->getResult(0), value, quantizationOf(op->getOperand(0)));
    return success();
  }
  void set(Value tensor, Value value, TensorQuantization quantization) {
    values[tensor] = value;
    quantizations[tensor] = quantization;
  }
  RankedTensorType type(Value tensor, unsigned bits = 8) {
    return RankedTensorType::get(imageShape(tensor),
                                 builder.getIntegerType(bits));
  }
  Value constant(ArrayRef<int64_t> shape, ArrayRef<int8_t> numbers) {
    auto type = RankedTensorType::get(shape, builder.getI8Type());
    return create<tosa::ConstOp>(type, DenseElementsAttr::get(type, numbers));
  }
  Value constant(ArrayRef<int64_t> shape, ArrayRef<int32_t> numbers) {
    auto type = RankedTensorType::get(shape, builder.getI32Type());
    return create<tosa::ConstOp>(type, DenseElementsAttr::get(type, numbers));
  }
  Value reshape(Value value, ArrayRef<int64_t> shape);
  Value clamp(Value value, int64_t low, int64_t high);
  template <typename Op, typename... Arguments>
  Value create(Arguments &&...arguments) {
    return builder.create<Op>(location, std::forward<Arguments>(arguments)...)
        ->getResult(0);
  }
  OpBuilder &b() { return builder; }
  bool isDoublyRounded() const { return rounding == Rounding::Double; }

  /// The layer with what is fused into it.
  FusedLayer fused(Operation *op);
  /// The quantisation of what the layer stores.
  FailureOr<TensorQuantization> quantizationOf(const FusedLayer &layer);
  /// Rescales by real factors, one or one for each channel: from `value`'s
  /// integers less `inputZeroPoint` to integers of `bits` plus
  /// `outputZeroPoint`.
  FailureOr<Value> rescale(Operation *op, Value value, int64_t inputZeroPoint,
                           unsigned bits, int64_t outputZeroPoint,
                           ArrayRef<double> factors);
  /// The factors in fixed point; fails, after an error, where they have none.
  FailureOr<FixedPointScale> fixedPoint(Operation *op,
                                        ArrayRef<double> factors);
  Value rescaleBy(Value value, int64_t inputZeroPoint, unsigned bits,
                  int64_t outputZeroPoint, const FixedPointScale &scale);
  /// Sets a layer's result from 32-bit sums of `scales` (one for all or one for
  /// each channel), with the activation's bounds.
  LogicalResult store(Operation *op, const FusedLayer &layer, Value sums,
                      ArrayRef<double> scales,
                      const TensorQuantization &quantization);
  /// The numbers less the zero point, in 32 bits.
  Value widened(Value tensor);
  LogicalResult convolution(Operation *op, const LayerWindow &window,
                            int64_t groups, nas::PaddingAttr pad, bool hasBias,
                            ArrayRef<int64_t> weightShape);
  /// A layer that is a table of what it does to each number.
  LogicalResult table(Operation *op, llvm::function_ref<double(double)> value);
  /// The mean of the whole image.
  LogicalResult mean(Operation *op);
  /// Fails, after an error, if the sum of so many elements of the tensor, less
  /// its zero point, can exceed 32 bits.
  LogicalResult checkSum(Operation *op, Value tensor, int64_t elements);

  /// Weights as integers, in the order of the floats, and biases.
  struct IntegerWeights {
    std::vector<int8_t> weights;
    std::vector<int32_t> bias;
    /// Of the sums of weights and inputs, for each channel.
    SmallVector<double> sumScales;
  };
  FailureOr<IntegerWeights> quantizeWeights(Operation *op,
                                            const FusedLayer &layer,
                                            const Weights &weights,
                                            const Weights &bias,
                                            const TensorQuantization &input,
                                            const TensorQuantization &output);

private:
  FailureOr<Value> quantizedInput(Value raw, const RawSamples &samples);

  nas::SpaceOp space;
  OpBuilder &builder;
  Rounding rounding;
  bool placeholders;
  Location location = UnknownLoc::get(builder.getContext());
  llvm::StringMap<nas::QuantizationOp> quantizationOps;
  DenseMap<Value, Value> values;
  DenseMap<Value, TensorQuantization> quantizations;
};

//===----------------------------------------------------------------------===//
// Quantisation
//===----------------------------------------------------------------------===//

FusedLayer QuantizedConverter::fused(Operation *op) {
  FusedLayer layer;
  layer.result = op->getResult(0);
  layer.members.push_back(cast<nas::LayerOpInterface>(op));
  while (layer.result.hasOneUse()) {
    Operation *reader = *layer.result.user_begin();
    auto next = dyn_cast<nas::LayerOpInterface>(reader);
    if (!next)
      break;
    if (isa<nas::ReLUOp, nas::ReLU6Op>(reader)) {
      layer.minimum = 0.0;
      if (isa<nas::ReLU6Op>(reader))
        layer.maximum = 6.0;
    } else if (!layerWeights.isFolded(reader) &&
               (next.getRole() != nas::LayerRole::Alias ||
                isa<nas::FlattenOp>(reader))) {
      break;
    }
    layer.result = reader->getResult(0);
    layer.members.insert(layer.members.begin(), next);
    if (layer.minimum)
      break;
  }
  return layer;
}

FailureOr<TensorQuantization>
QuantizedConverter::quantizationOf(const FusedLayer &layer) {
  for (nas::LayerOpInterface member : layer.members)
    if (auto op = quantizationOps.lookup(member.getLayerName()))
      return TensorQuantization{op.getScale().convertToDouble(),
                                static_cast<int64_t>(op.getZeroPoint())};
  nas::LayerOpInterface last = layer.members.front();
  if (!placeholders)
    return last.emitError("no nas.quantization of the layer '")
           << last.getLayerName()
           << "' in the module; calibrate the network first [NAS6020]";
  // Like real ones, no power of two.
  TensorQuantization made{
      (1.0 + llvm::hash_value(last.getLayerName()) % 97 / 100.0) / 16, -128};
  if (!layer.minimum)
    made.zeroPoint = llvm::hash_value(last.getLayerName()) % 33 - 16;
  return made;
}

FailureOr<QuantizedConverter::IntegerWeights>
QuantizedConverter::quantizeWeights(Operation *op, const FusedLayer &layer,
                                    const Weights &weights, const Weights &bias,
                                    const TensorQuantization &input,
                                    const TensorQuantization &output) {
  const size_t channels = bias.values.size();
  SmallVector<double> scales(channels, 0.0);
  bool prescribed = false;
  for (nas::LayerOpInterface member : layer.members) {
    auto known = quantizationOps.lookup(member.getLayerName());
    if (!known || !known.getWeightScales())
      continue;
    ArrayRef<double> given = *known.getWeightScales();
    if (given.size() != channels && given.size() != 1)
      return known.emitError("expected 1 or ")
             << channels << " scales of weights, found " << given.size()
             << " [NAS6020]";
    for (size_t i = 0; i < channels; ++i)
      scales[i] = given[given.size() == 1 ? 0 : i];
    prescribed = true;
  }
  for (size_t i = 0; i < weights.values.size(); ++i)
    if (!std::isfinite(weights.values[i]))
      return op->emitError("a weight is not a finite number [NAS6021]");
  for (size_t i = 0; i < channels; ++i)
    if (!std::isfinite(bias.values[i]))
      return op->emitError("the bias of channel ")
             << i << " is not a finite number [NAS6021]";
  if (!prescribed) {
    for (size_t i = 0; i < weights.values.size(); ++i)
      scales[i % channels] =
          std::max(scales[i % channels],
                   std::fabs(static_cast<double>(weights.values[i])) / 127.0);
    // Channels that hardly count: their multipliers and biases must fit beside
    // the others'.
    double floor = *llvm::max_element(scales) / 65536.0;
    if (floor == 0.0)
      floor = 1.0;
    for (size_t i = 0; i < channels; ++i)
      scales[i] = asFileNumber(
          std::max({scales[i], floor,
                    std::fabs(static_cast<double>(bias.values[i])) /
                        (input.scale * 1073741824.0)}));
  }

  IntegerWeights result;
  std::vector<int64_t> highest(channels, 0), lowest(channels, 0);
  result.weights.reserve(weights.values.size());
  for (size_t i = 0; i < weights.values.size(); ++i) {
    const int64_t weight = std::clamp<int64_t>(
        std::llround(weights.values[i] / scales[i % channels]),
        // Scales that are given can come with integers of other quantisers.
        prescribed ? -128 : -127, 127);
    result.weights.push_back(static_cast<int8_t>(weight));
    const int64_t atLow = weight * (-128 - input.zeroPoint);
    const int64_t atHigh = weight * (127 - input.zeroPoint);
    highest[i % channels] += std::max(atLow, atHigh);
    lowest[i % channels] += std::min(atLow, atHigh);
  }
  for (size_t i = 0; i < channels; ++i) {
    const double scale = input.scale * scales[i];
    const double number = std::round(bias.values[i] / scale);
    const double limit = std::numeric_limits<int32_t>::max();
    if (!(number + highest[i] <= limit && number + lowest[i] >= -limit))
      return op->emitError("the sums of channel ")
             << i << " can exceed 32 bits (bias " << number
             << ", products from " << lowest[i] << " to " << highest[i]
             << "); fewer inputs or smaller weights are needed [NAS6022]";
    const double largest =
        std::fabs(number) +
        std::max<double>(std::abs(highest[i]), std::abs(lowest[i]));
    if (largest * scale / output.scale >= limit)
      return op->emitError("the scaled sums of channel ")
             << i << " can exceed 32 bits: its weights are much larger than "
             << "its results; is the calibration representative? [NAS6022]";
    result.bias.push_back(static_cast<int32_t>(number));
    result.sumScales.push_back(scale);
  }
  return result;
}

Value QuantizedConverter::reshape(Value value, ArrayRef<int64_t> shape) {
  auto type = cast<RankedTensorType>(value.getType());
  if (type.getShape() == shape)
    return value;
  return create<tosa::ReshapeOp>(
      RankedTensorType::get(shape, type.getElementType()), value,
      builder.getDenseI64ArrayAttr(shape));
}

Value QuantizedConverter::clamp(Value value, int64_t low, int64_t high) {
  if (low <= -128 && high >= 127)
    return value;
  return create<tosa::ClampOp>(
      value.getType(), value, builder.getI64IntegerAttr(low),
      builder.getI64IntegerAttr(high),
      builder.getF32FloatAttr(static_cast<float>(low)),
      builder.getF32FloatAttr(static_cast<float>(high)));
}

FailureOr<FixedPointScale>
QuantizedConverter::fixedPoint(Operation *op, ArrayRef<double> factors) {
  std::optional<FixedPointScale> scale = fixedPointScale(factors, rounding);
  if (!scale)
    return op->emitError("the scales of the layer's input and result differ "
                         "too much: a factor of ")
           << *llvm::max_element(factors)
           << " has no fixed-point form; is the calibration representative? "
              "[NAS6023]";
  return std::move(*scale);
}

Value QuantizedConverter::rescaleBy(Value value, int64_t inputZeroPoint,
                                    unsigned bits, int64_t outputZeroPoint,
                                    const FixedPointScale &scale) {
  auto type = cast<RankedTensorType>(value.getType())
                  .clone(builder.getIntegerType(bits));
  return create<tosa::RescaleOp>(
      type, value, builder.getI32IntegerAttr(inputZeroPoint),
      builder.getI32IntegerAttr(outputZeroPoint),
      builder.getDenseI32ArrayAttr(scale.multipliers),
      builder.getDenseI8ArrayAttr(scale.shifts), builder.getBoolAttr(true),
      builder.getBoolAttr(rounding == Rounding::Double),
      builder.getBoolAttr(scale.multipliers.size() > 1));
}

FailureOr<Value> QuantizedConverter::rescale(Operation *op, Value value,
                                             int64_t inputZeroPoint,
                                             unsigned bits,
                                             int64_t outputZeroPoint,
                                             ArrayRef<double> factors) {
  FailureOr<FixedPointScale> scale = fixedPoint(op, factors);
  if (failed(scale))
    return failure();
  return rescaleBy(value, inputZeroPoint, bits, outputZeroPoint, *scale);
}

Value QuantizedConverter::widened(Value tensor) {
  Value value = get(tensor);
  auto type =
      cast<RankedTensorType>(value.getType()).clone(builder.getI32Type());
  // A factor of one: 2^30 · 2^-30.
  return create<tosa::RescaleOp>(
      type, value, builder.getI32IntegerAttr(quantizationOf(tensor).zeroPoint),
      builder.getI32IntegerAttr(0), builder.getDenseI32ArrayAttr({1 << 30}),
      builder.getDenseI8ArrayAttr({30}), builder.getBoolAttr(true),
      builder.getBoolAttr(false), builder.getBoolAttr(false));
}

LogicalResult
QuantizedConverter::store(Operation *op, const FusedLayer &layer, Value sums,
                          ArrayRef<double> scales,
                          const TensorQuantization &quantization) {
  SmallVector<double> factors = llvm::map_to_vector(
      scales, [&](double scale) { return scale / quantization.scale; });
  FailureOr<Value> value =
      rescale(op, sums, 0, 8, quantization.zeroPoint, factors);
  if (failed(value))
    return failure();
  Value bounded = clamp(
      *value, layer.minimum ? quantization.quantize(*layer.minimum) : -128,
      layer.maximum ? quantization.quantize(*layer.maximum) : 127);
  for (nas::LayerOpInterface member : layer.members)
    set(member->getResult(0), bounded, quantization);
  numFused += layer.members.size() - 1;
  return success();
}

//===----------------------------------------------------------------------===//
// Layers
//===----------------------------------------------------------------------===//

using Converter = QuantizedConverter;

/// The integers of the filters from `begin` on, `count` of `filters`, in TOSA's
/// order: filter first.
static std::vector<int8_t> filterMajor(ArrayRef<int8_t> weights,
                                       int64_t filters, int64_t begin,
                                       int64_t count) {
  const int64_t each = weights.size() / filters;
  std::vector<int8_t> result(count * each);
  for (int64_t filter = 0; filter < count; ++filter)
    for (int64_t i = 0; i < each; ++i)
      result[filter * each + i] = weights[i * filters + begin + filter];
  return result;
}

LogicalResult Converter::convolution(Operation *op, const LayerWindow &window,
                                     int64_t groups, nas::PaddingAttr pad,
                                     bool hasBias,
                                     ArrayRef<int64_t> weightShape) {
  Value source = op->getOperand(0), input = get(source);
  RankedTensorType inputType = type(source),
                   sumType = type(op->getResult(0), 32);
  const int64_t filters = sumType.getDimSize(3);
  const int64_t channels = inputType.getDimSize(3) / groups;
  auto amounts = resolvePadding(op, pad, source, window.kernel, window.stride);
  auto folding = layerWeights.foldedWeights(op, weightShape, filters, hasBias);
  if (failed(amounts) || failed(folding))
    return failure();
  FusedLayer layer = fused(op);
  FailureOr<TensorQuantization> quantization = quantizationOf(layer);
  if (failed(quantization))
    return failure();
  const TensorQuantization inputQuantization = quantizationOf(source);
  FailureOr<IntegerWeights> integers =
      quantizeWeights(op, layer, folding->first, folding->second,
                      inputQuantization, *quantization);
  if (failed(integers))
    return failure();
  auto zeroPoints = tosa::ConvOpQuantizationAttr::get(
      builder.getContext(), inputQuantization.zeroPoint, 0);
  auto pads = builder.getDenseI64ArrayAttr(*amounts);
  auto strides = builder.getDenseI64ArrayAttr(window.stride);
  auto dilations = builder.getDenseI64ArrayAttr({1, 1});
  auto notBounded = builder.getBoolAttr(false);

  Value sums;
  if (groups > 1 && channels == 1) {
    sums = create<tosa::DepthwiseConv2DOp>(
        sumType, input,
        constant({window.kernel[0], window.kernel[1], groups, filters / groups},
                 integers->weights),
        constant({filters}, integers->bias), pads, strides, dilations,
        zeroPoints, notBounded);
    return store(op, layer, sums, integers->sumScales, *quantization);
  }
  // One shift for all groups, which are one layer.
  FailureOr<FixedPointScale> scale = fixedPoint(
      op, llvm::map_to_vector(integers->sumScales, [&](double sumScale) {
        return sumScale / quantization->scale;
      }));
  if (failed(scale))
    return failure();
  const int64_t each = filters / groups;
  SmallVector<Value> parts;
  for (int64_t group = 0; group < groups; ++group) {
    Value part = input;
    SmallVector<int64_t> shape(inputType.getShape());
    shape[3] = channels;
    if (groups > 1)
      part = create<tosa::SliceOp>(
          RankedTensorType::get(shape, builder.getI8Type()), input,
          builder.getDenseI64ArrayAttr({0, 0, 0, group * channels}),
          builder.getDenseI64ArrayAttr(shape));
    SmallVector<int64_t> partShape(sumType.getShape());
    partShape[3] = each;
    sums = create<tosa::Conv2DOp>(
        RankedTensorType::get(partShape, builder.getI32Type()), part,
        constant({each, window.kernel[0], window.kernel[1], channels},
                 filterMajor(integers->weights, filters, group * each, each)),
        constant({each},
                 ArrayRef<int32_t>(integers->bias).slice(group * each, each)),
        pads, strides, dilations, zeroPoints, notBounded);
    if (groups == 1)
      break;
    // Each group is stored by itself: sums in 32 bits need no buffer then.
    FixedPointScale groupScale;
    for (int64_t i = group * each; i < (group + 1) * each; ++i) {
      groupScale.multipliers.push_back(scale->multipliers[i]);
      groupScale.shifts.push_back(scale->shifts[i]);
    }
    Value stored = rescaleBy(sums, 0, 8, quantization->zeroPoint, groupScale);
    parts.push_back(clamp(
        stored, layer.minimum ? quantization->quantize(*layer.minimum) : -128,
        layer.maximum ? quantization->quantize(*layer.maximum) : 127));
  }
  if (groups == 1)
    return store(op, layer, sums, integers->sumScales, *quantization);
  Value joined = create<tosa::ConcatOp>(
      type(op->getResult(0)), ValueRange(parts), builder.getI32IntegerAttr(3));
  for (nas::LayerOpInterface member : layer.members)
    set(member->getResult(0), joined, *quantization);
  numFused += layer.members.size() - 1;
  return success();
}

LogicalResult lower(nas::Conv2DOp op, Converter &converter) {
  auto window = layerWindow(op);
  auto groups = staticSize(op, op.getGroups());
  if (failed(window) || failed(groups))
    return failure();
  const int64_t weightShape[] = {window->kernel[0], window->kernel[1],
                                 imageShape(op.getInput())[3] / *groups,
                                 imageShape(op.getResult())[3]};
  return converter.convolution(op, *window, *groups, op.getPadding(),
                               op.getBias(), weightShape);
}

LogicalResult lower(nas::DepthwiseConv2DOp op, Converter &converter) {
  auto window = layerWindow(op);
  if (failed(window))
    return failure();
  const int64_t channels = imageShape(op.getInput())[3];
  const int64_t weightShape[] = {window->kernel[0], window->kernel[1], channels,
                                 1};
  return converter.convolution(op, *window, channels, op.getPadding(),
                               op.getBias(), weightShape);
}

LogicalResult lower(nas::Conv1DOp op, Converter &converter) {
  auto length = staticSize(op, op.getKernel());
  auto step = staticSize(op, op.getStride());
  auto groups = staticSize(op, op.getGroups());
  if (failed(length) || failed(step) || failed(groups))
    return failure();
  const int64_t weightShape[] = {*length,
                                 imageShape(op.getInput())[3] / *groups,
                                 imageShape(op.getResult())[3]};
  return converter.convolution(op, {{1, *length}, {1, *step}}, *groups,
                               op.getPadding(), op.getBias(), weightShape);
}

LogicalResult lower(nas::DenseOp op, Converter &converter) {
  const int64_t units = imageShape(op.getResult())[3];
  const int64_t inputs = ShapedType::getNumElements(imageShape(op.getInput()));
  auto folding = converter.layerWeights.foldedWeights(op, {inputs, units},
                                                      units, op.getBias());
  if (failed(folding))
    return failure();
  FusedLayer layer = converter.fused(op);
  FailureOr<TensorQuantization> quantization = converter.quantizationOf(layer);
  if (failed(quantization))
    return failure();
  const TensorQuantization input = converter.quantizationOf(op.getInput());
  FailureOr<Converter::IntegerWeights> integers = converter.quantizeWeights(
      op, layer, folding->first, folding->second, input, *quantization);
  if (failed(integers))
    return failure();
  OpBuilder &builder = converter.b();
  Value sums = converter.create<tosa::FullyConnectedOp>(
      RankedTensorType::get({1, units}, builder.getI32Type()),
      converter.reshape(converter.get(op.getInput()), {1, inputs}),
      converter.constant({units, inputs},
                         filterMajor(integers->weights, units, 0, units)),
      converter.constant({units}, integers->bias),
      tosa::ConvOpQuantizationAttr::get(builder.getContext(), input.zeroPoint,
                                        0));
  return converter.store(op, layer, converter.reshape(sums, {1, 1, 1, units}),
                         integers->sumScales, *quantization);
}

LogicalResult lower(nas::BatchNormOp op, Converter &converter) {
  // By itself, it is a convolution of each channel with one weight.
  auto factors = converter.layerWeights.scaleAndShift(op);
  if (failed(factors))
    return failure();
  FusedLayer layer = converter.fused(op);
  FailureOr<TensorQuantization> quantization = converter.quantizationOf(layer);
  if (failed(quantization))
    return failure();
  const TensorQuantization input = converter.quantizationOf(op.getInput());
  FailureOr<Converter::IntegerWeights> integers = converter.quantizeWeights(
      op, layer, factors->first, factors->second, input, *quantization);
  if (failed(integers))
    return failure();
  OpBuilder &builder = converter.b();
  const int64_t channels = integers->bias.size();
  Value sums = converter.create<tosa::DepthwiseConv2DOp>(
      converter.type(op.getResult(), 32), converter.get(op.getInput()),
      converter.constant({1, 1, channels, 1}, integers->weights),
      converter.constant({channels}, integers->bias),
      builder.getDenseI64ArrayAttr({0, 0, 0, 0}),
      builder.getDenseI64ArrayAttr({1, 1}),
      builder.getDenseI64ArrayAttr({1, 1}),
      tosa::ConvOpQuantizationAttr::get(builder.getContext(), input.zeroPoint,
                                        0),
      builder.getBoolAttr(false));
  return converter.store(op, layer, sums, integers->sumScales, *quantization);
}

/// relu and relu6 that nothing before them could take in.
LogicalResult lowerBounds(Operation *op, std::optional<double> maximum,
                          Converter &converter) {
  FusedLayer layer = converter.fused(op);
  layer.minimum = 0.0;
  if (maximum)
    layer.maximum = maximum;
  FailureOr<TensorQuantization> quantization = converter.quantizationOf(layer);
  if (failed(quantization))
    return failure();
  const TensorQuantization input = converter.quantizationOf(op->getOperand(0));
  Value value = converter.get(op->getOperand(0));
  if (!(input == *quantization)) {
    FailureOr<Value> rescaled = converter.rescale(
        op, value, input.zeroPoint, 8, quantization->zeroPoint,
        {input.scale / quantization->scale});
    if (failed(rescaled))
      return failure();
    value = *rescaled;
  }
  value = converter.clamp(value, quantization->quantize(0.0),
                          layer.maximum ? quantization->quantize(*layer.maximum)
                                        : 127);
  for (nas::LayerOpInterface member : layer.members)
    converter.set(member->getResult(0), value, *quantization);
  return success();
}

LogicalResult lower(nas::ReLUOp op, Converter &converter) {
  return lowerBounds(op, std::nullopt, converter);
}
LogicalResult lower(nas::ReLU6Op op, Converter &converter) {
  return lowerBounds(op, 6.0, converter);
}

LogicalResult Converter::table(Operation *op,
                               llvm::function_ref<double(double)> function) {
  FusedLayer layer;
  layer.result = op->getResult(0);
  layer.members.push_back(cast<nas::LayerOpInterface>(op));
  FailureOr<TensorQuantization> quantization = quantizationOf(layer);
  if (failed(quantization))
    return failure();
  const TensorQuantization input = quantizationOf(op->getOperand(0));
  SmallVector<int8_t> entries;
  for (int64_t integer = -128; integer <= 127; ++integer)
    entries.push_back(static_cast<int8_t>(
        quantization->quantize(function(input.dequantize(integer)))));
  set(op->getResult(0),
      create<tosa::TableOp>(type(op->getResult(0)), get(op->getOperand(0)),
                            constant({256}, entries)),
      *quantization);
  ++numTables;
  return success();
}

double hardSigmoid(double x) { return std::clamp(x + 3.0, 0.0, 6.0) / 6.0; }

LogicalResult lower(nas::HardSigmoidOp op, Converter &converter) {
  return converter.table(op, hardSigmoid);
}
LogicalResult lower(nas::HardSwishOp op, Converter &converter) {
  return converter.table(op, [](double x) { return x * hardSigmoid(x); });
}
LogicalResult lower(nas::SigmoidOp op, Converter &converter) {
  return converter.table(op,
                         [](double x) { return 1.0 / (1.0 + std::exp(-x)); });
}

LogicalResult lower(nas::AddOp op, Converter &converter) {
  FusedLayer layer = converter.fused(op);
  FailureOr<TensorQuantization> quantization = converter.quantizationOf(layer);
  if (failed(quantization))
    return failure();
  // TFLite's: operands as 32-bit numbers with 20 bits behind the point, of
  // half the larger scale each.
  double largest = 0.0;
  for (Value operand : op.getInputs())
    largest = std::max(largest, converter.quantizationOf(operand).scale);
  // Two operands need one bit of room; more need more.
  const double unit =
      largest * std::pow(2.0, llvm::Log2_64_Ceil(op.getInputs().size()));
  const double fraction = 1 << 20;
  Value sum;
  for (Value operand : op.getInputs()) {
    const TensorQuantization input = converter.quantizationOf(operand);
    Value value;
    if (converter.isDoublyRounded()) {
      // The shift first, as TFLite does: it changes how is rounded.
      OpBuilder &builder = converter.b();
      auto type = cast<RankedTensorType>(converter.get(operand).getType())
                      .clone(builder.getI32Type());
      value = converter.create<tosa::RescaleOp>(
          type, converter.get(operand),
          builder.getI32IntegerAttr(input.zeroPoint),
          builder.getI32IntegerAttr(0), builder.getDenseI32ArrayAttr({1 << 30}),
          builder.getDenseI8ArrayAttr({10}), builder.getBoolAttr(true),
          builder.getBoolAttr(false), builder.getBoolAttr(false));
      FailureOr<Value> scaled =
          converter.rescale(op, value, 0, 32, 0, {input.scale / unit});
      if (failed(scaled))
        return failure();
      value = *scaled;
    } else {
      FailureOr<Value> scaled =
          converter.rescale(op, converter.get(operand), input.zeroPoint, 32, 0,
                            {input.scale / unit * fraction});
      if (failed(scaled))
        return failure();
      value = *scaled;
    }
    sum = sum ? converter.create<tosa::AddOp>(value.getType(), sum, value)
              : value;
  }
  return converter.store(op, layer, sum, {unit / fraction}, *quantization);
}

LogicalResult lower(nas::MultiplyOp op, Converter &converter) {
  FusedLayer layer = converter.fused(op);
  FailureOr<TensorQuantization> quantization = converter.quantizationOf(layer);
  if (failed(quantization))
    return failure();
  Value product = converter.create<tosa::MulOp>(
      converter.type(op.getResult(), 32), converter.widened(op.getLhs()),
      converter.widened(op.getRhs()), converter.b().getI8IntegerAttr(0));
  return converter.store(op, layer, product,
                         {converter.quantizationOf(op.getLhs()).scale *
                          converter.quantizationOf(op.getRhs()).scale},
                         *quantization);
}

LogicalResult lower(nas::ConcatOp op, Converter &converter) {
  FusedLayer layer;
  layer.result = op.getResult();
  layer.members.push_back(cast<nas::LayerOpInterface>(op.getOperation()));
  FailureOr<TensorQuantization> quantization = converter.quantizationOf(layer);
  if (failed(quantization))
    return failure();
  SmallVector<Value> parts;
  for (Value operand : op.getInputs()) {
    const TensorQuantization input = converter.quantizationOf(operand);
    FailureOr<Value> part = converter.get(operand);
    if (!(input == *quantization))
      part = converter.rescale(op, *part, input.zeroPoint, 8,
                               quantization->zeroPoint,
                               {input.scale / quantization->scale});
    if (failed(part))
      return failure();
    parts.push_back(*part);
  }
  Value joined = parts.size() == 1
                     ? parts.front()
                     : converter.create<tosa::ConcatOp>(
                           converter.type(op.getResult()), ValueRange(parts),
                           converter.b().getI32IntegerAttr(3));
  converter.set(op.getResult(), joined, *quantization);
  return success();
}

LogicalResult lower(nas::MaxPoolOp op, Converter &converter) {
  auto window = layerWindow(op);
  if (failed(window))
    return failure();
  auto amounts = resolvePadding(op, op.getPadding(), op.getInput(),
                                window->kernel, window->stride);
  if (failed(amounts))
    return failure();
  OpBuilder &builder = converter.b();
  return converter.keep(op, converter.create<tosa::MaxPool2dOp>(
                                converter.type(op.getResult()),
                                converter.get(op.getInput()),
                                builder.getDenseI64ArrayAttr(window->kernel),
                                builder.getDenseI64ArrayAttr(window->stride),
                                builder.getDenseI64ArrayAttr(*amounts)));
}

LogicalResult Converter::checkSum(Operation *op, Value tensor,
                                  int64_t elements) {
  const int64_t zeroPoint = quantizationOf(tensor).zeroPoint;
  const int64_t largest = std::max(127 - zeroPoint, zeroPoint + 128);
  const int64_t limit = std::numeric_limits<int32_t>::max() / largest;
  if (elements <= limit)
    return success();
  return op->emitError("the sum of ")
         << elements << " elements can exceed 32 bits; pool the image to at "
         << "most " << limit << " elements first [NAS6022]";
}

LogicalResult Converter::mean(Operation *op) {
  FusedLayer layer = fused(op);
  FailureOr<TensorQuantization> quantization = quantizationOf(layer);
  if (failed(quantization))
    return failure();
  Value input = op->getOperand(0);
  SmallVector<int64_t, 4> shape = imageShape(input);
  if (failed(checkSum(op, input, shape[1] * shape[2])))
    return failure();
  Value sum = widened(input);
  for (int axis : {1, 2}) {
    SmallVector<int64_t> reduced(
        cast<RankedTensorType>(sum.getType()).getShape());
    reduced[axis] = 1;
    sum = create<tosa::ReduceSumOp>(
        RankedTensorType::get(reduced, builder.getI32Type()), sum,
        builder.getI32IntegerAttr(axis));
  }
  return store(
      op, layer, sum,
      {quantizationOf(input).scale / static_cast<double>(shape[1] * shape[2])},
      *quantization);
}

LogicalResult lower(nas::AveragePoolOp op, Converter &converter) {
  auto window = layerWindow(op);
  if (failed(window))
    return failure();
  auto amounts = resolvePadding(op, op.getPadding(), op.getInput(),
                                window->kernel, window->stride);
  if (failed(amounts))
    return failure();
  SmallVector<int64_t, 4> shape = imageShape(op.getInput());
  const bool isPadded =
      llvm::any_of(*amounts, [](int64_t amount) { return amount != 0; });
  if (!isPadded && window->kernel[0] == shape[1] &&
      window->kernel[1] == shape[2])
    return converter.mean(op);
  if (failed(converter.checkSum(op, op.getInput(),
                                window->kernel[0] * window->kernel[1])))
    return failure();
  OpBuilder &builder = converter.b();
  const int64_t zeroPoint = converter.quantizationOf(op.getInput()).zeroPoint;
  Value input = converter.get(op.getInput());
  if (isPadded && op.getCountPadding()) {
    // TOSA never counts the padding, so it becomes part of the input.
    SmallVector<int64_t, 4> padded(shape);
    padded[1] += (*amounts)[0] + (*amounts)[1];
    padded[2] += (*amounts)[2] + (*amounts)[3];
    SmallVector<int64_t> pairs = {0, 0};
    pairs.append(amounts->begin(), amounts->end());
    pairs.append({0, 0});
    auto listType = RankedTensorType::get({4, 2}, builder.getI64Type());
    Value paddings = converter.create<tosa::ConstOp>(
        listType, DenseElementsAttr::get(listType, ArrayRef<int64_t>(pairs)));
    auto scalarType = RankedTensorType::get({}, builder.getI8Type());
    Value zero = converter.create<tosa::ConstOp>(
        scalarType,
        DenseElementsAttr::get(scalarType, static_cast<int8_t>(zeroPoint)));
    input = converter.create<tosa::PadOp>(
        RankedTensorType::get(padded, builder.getI8Type()), input, paddings,
        zero, tosa::PadOpQuantizationAttr());
    amounts->fill(0);
  }
  return converter.keep(
      op, converter.create<tosa::AvgPool2dOp>(
              converter.type(op.getResult()), input,
              builder.getDenseI64ArrayAttr(window->kernel),
              builder.getDenseI64ArrayAttr(window->stride),
              builder.getDenseI64ArrayAttr(*amounts),
              TypeAttr::get(builder.getI32Type()),
              tosa::UnaryOpQuantizationAttr::get(builder.getContext(),
                                                 zeroPoint, zeroPoint)));
}

LogicalResult lower(nas::GlobalAveragePoolOp op, Converter &converter) {
  return converter.mean(op);
}

LogicalResult lower(nas::FlattenOp op, Converter &converter) {
  return converter.keep(op, converter.reshape(converter.get(op.getInput()),
                                              imageShape(op.getResult())));
}
LogicalResult lower(nas::IdentityOp op, Converter &converter) {
  return converter.keep(op, converter.get(op.getInput()));
}
LogicalResult lower(nas::DropoutOp op, Converter &converter) {
  return converter.keep(op, converter.get(op.getInput()));
}

LogicalResult lower(nas::ZeroOp op, Converter &converter) {
  RankedTensorType type = converter.type(op.getResult());
  const int64_t zeroPoint = converter.quantizationOf(op.getInput()).zeroPoint;
  return converter.keep(
      op,
      converter.create<tosa::ConstOp>(
          type, DenseElementsAttr::get(type, static_cast<int8_t>(zeroPoint))));
}

using LayerLowering = LogicalResult (*)(Operation *, Converter &);

template <typename Op> std::pair<const StringRef, LayerLowering> entry() {
  return {Op::getOperationName(), [](Operation *op, Converter &converter) {
            return lower(cast<Op>(op), converter);
          }};
}

/// The one place where the lowering of a layer is registered.
const std::map<StringRef, LayerLowering> &layerLowerings() {
  static const std::map<StringRef, LayerLowering> table = {
      entry<nas::Conv2DOp>(),      entry<nas::DepthwiseConv2DOp>(),
      entry<nas::Conv1DOp>(),      entry<nas::DenseOp>(),
      entry<nas::BatchNormOp>(),   entry<nas::ReLUOp>(),
      entry<nas::ReLU6Op>(),       entry<nas::HardSwishOp>(),
      entry<nas::HardSigmoidOp>(), entry<nas::SigmoidOp>(),
      entry<nas::AddOp>(),         entry<nas::MultiplyOp>(),
      entry<nas::ConcatOp>(),      entry<nas::MaxPoolOp>(),
      entry<nas::AveragePoolOp>(), entry<nas::GlobalAveragePoolOp>(),
      entry<nas::FlattenOp>(),     entry<nas::IdentityOp>(),
      entry<nas::DropoutOp>(),     entry<nas::ZeroOp>()};
  return table;
}

//===----------------------------------------------------------------------===//
// The function
//===----------------------------------------------------------------------===//

FailureOr<Value> Converter::quantizedInput(Value raw,
                                           const RawSamples &samples) {
  Value argument = space.getBody().getArgument(0);
  RankedTensorType type = this->type(argument);
  Value value = reshape(raw, type.getShape());
  std::optional<TensorQuantization> quantization = freeQuantization(samples);
  if (auto op = quantizationOps.lookup("input"))
    quantization = TensorQuantization{op.getScale().convertToDouble(),
                                      static_cast<int64_t>(op.getZeroPoint())};
  if (!quantization && placeholders)
    quantization = TensorQuantization{1.0 / 128, 0};
  if (!quantization)
    return space.emitError("no nas.quantization of 'input' in the module; "
                           "calibrate the network first [NAS6020]");
  quantizations[argument] = *quantization;
  if (samples.element == "float32")
    return value;

  // What becomes of each raw byte, for each channel.
  const bool isUnsigned = samples.element == "uint8";
  auto integerOf = [&](int64_t byte, size_t channel) {
    const int64_t raw =
        isUnsigned ? byte : static_cast<int64_t>(static_cast<int8_t>(byte));
    return quantization->quantize(samples.factors[channel] * raw +
                                  samples.offsets[channel]);
  };
  const size_t channels = samples.isUniform() ? 1 : samples.factors.size();
  SmallVector<SmallVector<int8_t>> tables(channels);
  bool isFree = true;
  for (size_t channel = 0; channel < channels; ++channel)
    // Tables begin with the entry of -128.
    for (int64_t index = 0; index < 256; ++index) {
      const int64_t integer = integerOf(index ^ 0x80, channel);
      isFree &= integer == (isUnsigned ? static_cast<int8_t>(index)
                                       : static_cast<int8_t>(index ^ 0x80));
      tables[channel].push_back(static_cast<int8_t>(integer));
    }
  if (isFree && isUnsigned)
    return create<tosa::BitwiseXorOp>(
        type, value,
        constant({1, 1, 1, 1}, ArrayRef<int8_t>{static_cast<int8_t>(-128)}));
  if (isFree)
    return value;
  SmallVector<Value> parts;
  SmallVector<int64_t> shape(type.getShape());
  shape[3] = 1;
  for (size_t channel = 0; channel < channels; ++channel) {
    Value part = value;
    if (channels > 1)
      part = create<tosa::SliceOp>(
          RankedTensorType::get(shape, builder.getI8Type()), value,
          builder.getDenseI64ArrayAttr(
              {0, 0, 0, static_cast<int64_t>(channel)}),
          builder.getDenseI64ArrayAttr(shape));
    parts.push_back(create<tosa::TableOp>(part.getType(), part,
                                          constant({256}, tables[channel])));
  }
  if (channels == 1)
    return parts.front();
  return create<tosa::ConcatOp>(type, ValueRange(parts),
                                builder.getI32IntegerAttr(3));
}

FailureOr<func::FuncOp> Converter::convert(StringRef element) {
  location = space.getLoc();
  Block &body = space.getBody().front();
  if (body.getNumArguments() == 0)
    return space.emitError("a space without layers has no code [NAS6001]");
  auto samples = readRawSamples(space, element);
  if (failed(samples))
    return failure();
  auto rawType = RankedTensorType::get(
      cast<nas::TensorType>(body.getArgument(0).getType()).getShape(),
      builder.getI8Type());
  auto resultType = RankedTensorType::get(
      cast<nas::TensorType>(*space.getResult()).getShape(),
      builder.getI8Type());
  auto function = builder.create<func::FuncOp>(
      location, space.getSymName(),
      builder.getFunctionType(rawType, resultType));
  if (samples->element == "uint8")
    function.setArgAttr(0, "nasc.unsigned", builder.getUnitAttr());
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(function.addEntryBlock());
  location = NameLoc::get(builder.getStringAttr("input"), space.getLoc());
  auto input = quantizedInput(function.getArgument(0), *samples);
  if (failed(input))
    return failure();
  values[body.getArgument(0)] = *input;
  auto describe = [&](const TensorQuantization &quantization, auto set) {
    set("nasc.scale", builder.getF64FloatAttr(quantization.scale));
    set("nasc.zero_point", builder.getI64IntegerAttr(quantization.zeroPoint));
  };
  if (samples->element == "float32")
    describe(quantizationOf(body.getArgument(0)),
             [&](StringRef name, Attribute value) {
               function.setArgAttr(0, name, value);
             });

  const auto &table = layerLowerings();
  for (Operation &op : body) {
    if (auto terminator = dyn_cast<nas::ReturnOp>(op)) {
      Value result = terminator.getValues()[0];
      describe(quantizationOf(result), [&](StringRef name, Attribute value) {
        function.setResultAttr(0, name, value);
      });
      builder.create<func::ReturnOp>(
          location, reshape(get(result), resultType.getShape()));
      return function;
    }
    // Constants, and the sizes they give to tensors.
    if (isa<nas::ShapeOp>(op) ||
        isa_and_nonnull<cost::CostDialect, arith::ArithDialect>(
            op.getDialect()))
      continue;
    auto found = table.find(op.getName().getStringRef());
    if (found == table.end())
      return op.emitError("cannot be lowered; specialise the space first "
                          "[NAS6001]");
    auto type = dyn_cast<nas::TensorType>(op.getResult(0).getType());
    if (!type || !type.hasStaticShape() || type.getRank() > 3)
      return op.emitError("expected a tensor of static shape, found ")
             << op.getResult(0).getType()
             << "; specialise the space first [NAS6001]";
    ++numLayers;
    // Part of a layer before it.
    if (values.contains(op.getResult(0)))
      continue;
    location = NameLoc::get(
        builder.getStringAttr(cast<nas::LayerOpInterface>(op).getLayerName()),
        op.getLoc());
    if (failed(found->second(&op, *this)))
      return failure();
  }
  return space.emitError("expected a space that returns its result [NAS6001]");
}

struct ConvertNasToQuantizedTosaPass
    : impl::ConvertNasToQuantizedTosaBase<ConvertNasToQuantizedTosaPass> {
  using Base =
      impl::ConvertNasToQuantizedTosaBase<ConvertNasToQuantizedTosaPass>;
  using Base::Base;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    std::optional<Rounding> way = parseRounding(rounding);
    if (!way) {
      module.emitError("expected the rounding 'single' or 'double', found '")
          << rounding << "' [NAS6024]";
      return signalPassFailure();
    }
    SmallVector<nas::SpaceOp> spaces(module.getOps<nas::SpaceOp>());
    if (spaces.size() != 1) {
      module.emitError("expected one space to lower, found ")
          << spaces.size() << " [NAS6001]";
      return signalPassFailure();
    }
    OpBuilder builder = OpBuilder::atBlockBegin(module.getBody());
    QuantizedConverter converter(spaces.front(), builder, *way, placeholders);
    if (failed(converter.convert(inputElement)))
      return signalPassFailure();
    numLayers += converter.numLayers;
    numFused += converter.numFused;
    numTables += converter.numTables;
    // What described the network has become the function.
    for (Operation &op : llvm::make_early_inc_range(*module.getBody()))
      if (llvm::is_contained({"nas", "cost", "search"},
                             op.getName().getDialectNamespace()))
        op.erase();
  }
};

} // namespace

llvm::SmallVector<llvm::StringRef> getQuantizedLayerNames() {
  llvm::SmallVector<llvm::StringRef> names;
  for (const auto &[name, lowering] : layerLowerings())
    names.push_back(name);
  return names;
}

} // namespace nasc

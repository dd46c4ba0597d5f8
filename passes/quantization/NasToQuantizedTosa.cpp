//===- NasToQuantizedTosa.cpp - A network on 8-bit integers in TOSA -------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/diagnostics/CodedDiagnostic.h"
#include "dialects/nas/Nas.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "passes/lowering/LayerReading.h"
#include "passes/quantization/Passes.h"
#include "passes/quantization/QuantizedLayers.h"
#include <cmath>
#include <map>
#include <numeric>

namespace nasc {
#define GEN_PASS_DEF_CONVERTNASTOQUANTIZEDTOSA
#include "passes/quantization/Passes.h.inc"

namespace {
using namespace mlir;

/// Converts the layers of one space.
class QuantizedConverter {
public:
  /// What makes 8 bits of 32-bit numbers of each channel.
  struct ChannelStage {
    SmallVector<bool> negated;
    FixedPointScale scale;
    /// Where numbers are added to the scaled ones, which have bits behind the
    /// point then: those numbers, and what takes the bits off.
    SmallVector<int32_t> summands;
    FixedPointScale last;
  };

  QuantizedConverter(nas::SpaceOp space, const QuantizedLayers &layers,
                     OpBuilder &builder, Rounding rounding)
      : space(space), layers(layers), builder(builder), rounding(rounding) {}

  FailureOr<func::FuncOp> convert(const RawSamples &samples);

  unsigned numLayers = 0, numFused = 0, numTables = 0;

  // What the lowerings of the layers use.

  Value get(Value tensor) { return values.lookup(tensor); }
  TensorQuantization quantizationOf(Value tensor) {
    return layers.quantizationOf(tensor);
  }
  /// The layer that is being lowered, with what is computed as a part of it.
  const LayerGroup &group() const { return *current; }
  /// Sets the result of the layer and of all that is part of it.
  LogicalResult finish(Value value);
  /// The same for what has the numbers of the layer's input: they are rescaled
  /// where the network stores them with another scale.
  LogicalResult finishAsInput(Value value);
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
  /// 8-bit integers less their zero point, times a factor of 1 to 128, in
  /// integers of `width` bits; exact.
  Value widenedBy(Value value, int64_t zeroPoint, int64_t factor,
                  unsigned width);
  /// The tensor's integers less its zero point in 32 bits.
  Value widened(Value tensor) {
    return widenedBy(get(tensor), quantizationOf(tensor).zeroPoint, 1, 32);
  }
  /// Sets the layer's result from 32-bit sums of `scales` (one for all or one
  /// for each channel), with the activation's bounds.
  LogicalResult store(Value sums, ArrayRef<double> scales);
  /// How the sums of a layer with weights become its result.
  FailureOr<ChannelStage> channelStage(const IntegerWeights &weights);
  /// What `scales` and `summands` do to numbers of at most `largest`.
  FailureOr<ChannelStage> channelStage(ArrayRef<double> scales,
                                       ArrayRef<double> summands,
                                       double largest);
  /// 8 bits of the sums of the channels from `first` on, within the bounds.
  Value applyStage(const ChannelStage &stage, Value sums, int64_t first = 0);
  LogicalResult convolution(Operation *op, const LayerWindow &window,
                            int64_t groups, nas::PaddingAttr pad);
  const QuantizedLayers &getLayers() const { return layers; }
  /// 32-bit numbers with some channels negated.
  Value negate(Value value, ArrayRef<bool> channels);
  /// A layer that is a table of what it does to each number.
  LogicalResult table(Operation *op, llvm::function_ref<double(double)> value);
  /// The mean of the whole image.
  LogicalResult mean(Operation *op);
  /// Fails, after an error, if the sum of so many elements of the tensor, less
  /// its zero point, can exceed 32 bits.
  LogicalResult checkSum(Operation *op, Value tensor, int64_t elements);
  /// How many elements of the tensor, less its zero point, have a sum that fits
  /// 32 bits.
  int64_t longestSum(Value tensor);

private:
  FailureOr<Value> quantizedInput(Value raw, const RawSamples &samples);

  nas::SpaceOp space;
  const QuantizedLayers &layers;
  OpBuilder &builder;
  Rounding rounding;
  Location location = UnknownLoc::get(builder.getContext());
  const LayerGroup *current = nullptr;
  DenseMap<Value, Value> values;
};

//===----------------------------------------------------------------------===//
// Parts of layers
//===----------------------------------------------------------------------===//

LogicalResult QuantizedConverter::finish(Value value) {
  for (nas::LayerOpInterface member : group().members)
    values[member->getResult(0)] = value;
  numFused += group().members.size() - 1;
  return success();
}

LogicalResult QuantizedConverter::finishAsInput(Value value) {
  Operation *op = group().leader();
  const TensorQuantization input = quantizationOf(op->getOperand(0));
  const TensorQuantization &stored = group().quantization;
  if (input == stored)
    return finish(value);
  FailureOr<Value> rescaled =
      rescale(op, value, input.zeroPoint, 8, stored.zeroPoint,
              {input.scale / stored.scale});
  return failed(rescaled) ? failure() : finish(*rescaled);
}

Value QuantizedConverter::negate(Value value, ArrayRef<bool> channels) {
  if (!llvm::is_contained(channels, true))
    return value;
  SmallVector<int32_t> signs;
  for (bool isNegative : channels)
    signs.push_back(isNegative ? -1 : 1);
  const int64_t count = signs.size();
  return create<tosa::MulOp>(value.getType(), value,
                             constant({1, 1, 1, count}, signs),
                             builder.getI8IntegerAttr(0));
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
           << " has no fixed-point form; is the calibration "
              "representative?"
           << Diag::NAS6023;
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

Value QuantizedConverter::widenedBy(Value value, int64_t zeroPoint,
                                    int64_t factor, unsigned width) {
  assert(factor >= 1 && factor <= 128 && "the numbers leave 16 bits");
  auto type = cast<RankedTensorType>(value.getType())
                  .clone(builder.getIntegerType(width));
  // 2^30 · 2^-30, and factor · 2^23 · 2^-23.
  const int shift = factor == 1 ? 30 : 23;
  return create<tosa::RescaleOp>(
      type, value, builder.getI32IntegerAttr(zeroPoint),
      builder.getI32IntegerAttr(0),
      builder.getDenseI32ArrayAttr({static_cast<int32_t>(factor << shift)}),
      builder.getDenseI8ArrayAttr({static_cast<int8_t>(shift)}),
      builder.getBoolAttr(true), builder.getBoolAttr(false),
      builder.getBoolAttr(false));
}

FailureOr<QuantizedConverter::ChannelStage>
QuantizedConverter::channelStage(ArrayRef<double> scales,
                                 ArrayRef<double> summands, double largest) {
  Operation *op = group().leader();
  const double step = group().quantization.scale;
  ChannelStage stage;
  auto inSteps = [&](ArrayRef<double> numbers, int bits) {
    return llvm::map_to_vector(numbers, [&](double number) {
      return std::ldexp(number / step, bits);
    });
  };
  if (summands.empty()) {
    auto scale = fixedPoint(op, inSteps(scales, 0));
    if (failed(scale))
      return failure();
    stage.scale = std::move(*scale);
    return stage;
  }
  constexpr double limit = 1 << 30;
  constexpr int most = 20;
  if (!(largest / step < limit))
    return op->emitError("the numbers of the layer leave 32 bits in steps of "
                         "its result; is the calibration representative?")
           << Diag::NAS6022;
  int bits = 0;
  while (bits < most && std::ldexp(largest / step, bits + 1) < limit)
    ++bits;
  auto scale = fixedPoint(op, inSteps(scales, bits));
  auto last = fixedPoint(op, {std::ldexp(1.0, -bits)});
  if (failed(scale) || failed(last))
    return failure();
  stage.scale = std::move(*scale);
  stage.last = std::move(*last);
  for (double summand : inSteps(summands, bits))
    stage.summands.push_back(static_cast<int32_t>(std::lround(summand)));
  return stage;
}

FailureOr<QuantizedConverter::ChannelStage>
QuantizedConverter::channelStage(const IntegerWeights &weights) {
  const double input = quantizationOf(group().leader()->getOperand(0)).scale;
  SmallVector<double> scales;
  double largest = 0.0;
  for (auto [channel, scale] : llvm::enumerate(weights.scales)) {
    scales.push_back(input * scale);
    double number = weights.largestSums[channel] * scales.back();
    if (!weights.summands.empty())
      number += std::fabs(weights.summands[channel]);
    largest = std::max(largest, number);
  }
  auto stage = channelStage(scales, weights.summands, largest);
  if (failed(stage))
    return failure();
  stage->negated = weights.negated;
  return stage;
}

Value QuantizedConverter::applyStage(const ChannelStage &stage, Value sums,
                                     int64_t first) {
  const int64_t count =
      cast<RankedTensorType>(sums.getType()).getShape().back();
  auto slice = [&](const auto &numbers) {
    return ArrayRef(numbers).slice(first, count);
  };
  FixedPointScale scale;
  scale.multipliers.append(slice(stage.scale.multipliers).begin(),
                           slice(stage.scale.multipliers).end());
  scale.shifts.append(slice(stage.scale.shifts).begin(),
                      slice(stage.scale.shifts).end());
  if (!stage.negated.empty())
    sums = negate(sums, slice(stage.negated));
  const int64_t zeroPoint = group().quantization.zeroPoint;
  Value value;
  if (stage.summands.empty()) {
    value = rescaleBy(sums, 0, 8, zeroPoint, scale);
  } else {
    value = rescaleBy(sums, 0, 32, 0, scale);
    value =
        create<tosa::AddOp>(value.getType(), value,
                            constant({1, 1, 1, count}, slice(stage.summands)));
    value = rescaleBy(value, 0, 8, zeroPoint, stage.last);
  }
  return clamp(value, group().lowest(), group().highest());
}

LogicalResult QuantizedConverter::store(Value sums, ArrayRef<double> scales) {
  const TensorQuantization &stored = group().quantization;
  FailureOr<Value> value =
      rescale(group().leader(), sums, 0, 8, stored.zeroPoint,
              llvm::map_to_vector(
                  scales, [&](double scale) { return scale / stored.scale; }));
  if (failed(value))
    return failure();
  return finish(clamp(*value, group().lowest(), group().highest()));
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
                                     int64_t groups, nas::PaddingAttr pad) {
  Value source = op->getOperand(0), input = get(source);
  RankedTensorType inputType = type(source),
                   sumType = type(op->getResult(0), 32);
  const int64_t filters = sumType.getDimSize(3);
  const int64_t channels = inputType.getDimSize(3) / groups;
  auto amounts = resolvePadding(op, pad, source, window.kernel, window.stride);
  if (failed(amounts))
    return failure();
  const IntegerWeights &integers = *group().weights;
  auto zeroPoints = tosa::ConvOpQuantizationAttr::get(
      builder.getContext(), quantizationOf(source).zeroPoint, 0);
  auto pads = builder.getDenseI64ArrayAttr(*amounts);
  auto strides = builder.getDenseI64ArrayAttr(window.stride);
  auto dilations = builder.getDenseI64ArrayAttr({1, 1});
  auto notBounded = builder.getBoolAttr(false);

  // One shift for all groups, which are one layer.
  FailureOr<ChannelStage> stage = channelStage(integers);
  if (failed(stage))
    return failure();
  if (groups > 1 && channels == 1) {
    Value sums = create<tosa::DepthwiseConv2DOp>(
        sumType, input,
        constant({window.kernel[0], window.kernel[1], groups, filters / groups},
                 integers.values),
        constant({filters}, integers.bias), pads, strides, dilations,
        zeroPoints, notBounded);
    return finish(applyStage(*stage, sums));
  }
  // Each group is stored by itself: sums in 32 bits need no buffer then.
  const int64_t each = filters / groups;
  SmallVector<Value> parts;
  for (int64_t part = 0; part < groups; ++part) {
    Value slice = input;
    SmallVector<int64_t> shape(inputType.getShape());
    shape[3] = channels;
    if (groups > 1)
      slice = create<tosa::SliceOp>(
          RankedTensorType::get(shape, builder.getI8Type()), input,
          builder.getDenseI64ArrayAttr({0, 0, 0, part * channels}),
          builder.getDenseI64ArrayAttr(shape));
    SmallVector<int64_t> partShape(sumType.getShape());
    partShape[3] = each;
    Value sums = create<tosa::Conv2DOp>(
        RankedTensorType::get(partShape, builder.getI32Type()), slice,
        constant({each, window.kernel[0], window.kernel[1], channels},
                 filterMajor(integers.values, filters, part * each, each)),
        constant({each},
                 ArrayRef<int32_t>(integers.bias).slice(part * each, each)),
        pads, strides, dilations, zeroPoints, notBounded);
    parts.push_back(applyStage(*stage, sums, part * each));
  }
  if (groups == 1)
    return finish(parts.front());
  return finish(create<tosa::ConcatOp>(
      type(op->getResult(0)), ValueRange(parts), builder.getI32IntegerAttr(3)));
}

LogicalResult lower(nas::Conv2DOp op, Converter &converter) {
  auto window = layerWindow(op);
  auto groups = staticSize(op, op.getGroups());
  if (failed(window) || failed(groups))
    return failure();
  return converter.convolution(op, *window, *groups, op.getPadding());
}

LogicalResult lower(nas::DepthwiseConv2DOp op, Converter &converter) {
  auto window = layerWindow(op);
  if (failed(window))
    return failure();
  const int64_t channels = imageShape(op.getInput())[3];
  return converter.convolution(op, *window, channels, op.getPadding());
}

LogicalResult lower(nas::Conv1DOp op, Converter &converter) {
  auto length = staticSize(op, op.getKernel());
  auto step = staticSize(op, op.getStride());
  auto groups = staticSize(op, op.getGroups());
  if (failed(length) || failed(step) || failed(groups))
    return failure();
  return converter.convolution(op, {{1, *length}, {1, *step}}, *groups,
                               op.getPadding());
}

LogicalResult lower(nas::DenseOp op, Converter &converter) {
  const int64_t units = imageShape(op.getResult())[3];
  const int64_t inputs = ShapedType::getNumElements(imageShape(op.getInput()));
  const IntegerWeights &integers = *converter.group().weights;
  OpBuilder &builder = converter.b();
  Value sums = converter.create<tosa::FullyConnectedOp>(
      RankedTensorType::get({1, units}, builder.getI32Type()),
      converter.reshape(converter.get(op.getInput()), {1, inputs}),
      converter.constant({units, inputs},
                         filterMajor(integers.values, units, 0, units)),
      converter.constant({units}, integers.bias),
      tosa::ConvOpQuantizationAttr::get(
          builder.getContext(),
          converter.quantizationOf(op.getInput()).zeroPoint, 0));
  auto stage = converter.channelStage(integers);
  if (failed(stage))
    return failure();
  return converter.finish(
      converter.applyStage(*stage, converter.reshape(sums, {1, 1, 1, units})));
}

LogicalResult lower(nas::BatchNormOp op, Converter &converter) {
  auto factors = converter.getLayers().factorsOf(op);
  if (failed(factors))
    return failure();
  // By itself it scales the integers of its input.
  const TensorQuantization input = converter.quantizationOf(op.getInput());
  SmallVector<double> scales;
  SmallVector<bool> negated;
  double largest = 0.0;
  for (auto [factor, summand] : llvm::zip(factors->factor, factors->summand)) {
    scales.push_back(std::fabs(factor) * input.scale);
    negated.push_back(factor < 0.0);
    largest = std::max(largest, 256.0 * scales.back() + std::fabs(summand));
  }
  auto stage = converter.channelStage(scales, factors->summand, largest);
  if (failed(stage))
    return failure();
  stage->negated = std::move(negated);
  // Widening is part of the scale.
  return converter.finish(
      converter.applyStage(*stage, converter.widened(op.getInput())));
}

/// relu and relu6 that nothing before them could take in, and other scales.
LogicalResult lowerBounds(Operation *op, Converter &converter) {
  const LayerGroup &group = converter.group();
  const TensorQuantization input = converter.quantizationOf(op->getOperand(0));
  Value value = converter.get(op->getOperand(0));
  if (!(input == group.quantization)) {
    FailureOr<Value> rescaled = converter.rescale(
        op, value, input.zeroPoint, 8, group.quantization.zeroPoint,
        {input.scale / group.quantization.scale});
    if (failed(rescaled))
      return failure();
    value = *rescaled;
  }
  return converter.finish(
      converter.clamp(value, group.lowest(), group.highest()));
}

LogicalResult lower(nas::ReLUOp op, Converter &converter) {
  return lowerBounds(op, converter);
}
LogicalResult lower(nas::ReLU6Op op, Converter &converter) {
  return lowerBounds(op, converter);
}
LogicalResult lower(nas::RequantizeOp op, Converter &converter) {
  return lowerBounds(op, converter);
}

LogicalResult Converter::table(Operation *op,
                               llvm::function_ref<double(double)> function) {
  const TensorQuantization input = quantizationOf(op->getOperand(0));
  SmallVector<int8_t> entries;
  for (int64_t integer = -128; integer <= 127; ++integer)
    entries.push_back(static_cast<int8_t>(
        group().quantization.quantize(function(input.dequantize(integer)))));
  ++numTables;
  return finish(create<tosa::TableOp>(type(op->getResult(0)),
                                      get(op->getOperand(0)),
                                      constant({256}, entries)));
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
  // Operands as 32-bit numbers with bits behind the point: as many as the sum
  // has room for, or TFLite's 20; of half the larger scale each.
  double largest = 0.0;
  for (Value operand : op.getInputs())
    largest = std::max(largest, converter.quantizationOf(operand).scale);
  // Two operands need one bit of room; more need more.
  const double unit =
      largest * std::pow(2.0, llvm::Log2_64_Ceil(op.getInputs().size()));
  const double fraction = converter.isDoublyRounded() ? 1 << 20 : 1 << 22;
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
  return converter.store(sum, {unit / fraction});
}

LogicalResult lower(nas::MultiplyOp op, Converter &converter) {
  Value product = converter.create<tosa::MulOp>(
      converter.type(op.getResult(), 32), converter.widened(op.getLhs()),
      converter.widened(op.getRhs()), converter.b().getI8IntegerAttr(0));
  return converter.store(product,
                         {converter.quantizationOf(op.getLhs()).scale *
                          converter.quantizationOf(op.getRhs()).scale});
}

LogicalResult lower(nas::ConcatOp op, Converter &converter) {
  const TensorQuantization &stored = converter.group().quantization;
  SmallVector<Value> parts;
  for (Value operand : op.getInputs()) {
    const TensorQuantization input = converter.quantizationOf(operand);
    FailureOr<Value> part = converter.get(operand);
    if (!(input == stored))
      part = converter.rescale(op, *part, input.zeroPoint, 8, stored.zeroPoint,
                               {input.scale / stored.scale});
    if (failed(part))
      return failure();
    parts.push_back(*part);
  }
  Value joined = parts.size() == 1
                     ? parts.front()
                     : converter.create<tosa::ConcatOp>(
                           converter.type(op.getResult()), ValueRange(parts),
                           converter.b().getI32IntegerAttr(3));
  return converter.finish(joined);
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
  // The greatest integer stands for the greatest number in every scale.
  return converter.finishAsInput(converter.create<tosa::MaxPool2dOp>(
      converter.type(op.getResult()), converter.get(op.getInput()),
      builder.getDenseI64ArrayAttr(window->kernel),
      builder.getDenseI64ArrayAttr(window->stride),
      builder.getDenseI64ArrayAttr(*amounts)));
}

int64_t Converter::longestSum(Value tensor) {
  const int64_t zeroPoint = quantizationOf(tensor).zeroPoint;
  const int64_t largest = std::max(127 - zeroPoint, zeroPoint + 128);
  return std::numeric_limits<int32_t>::max() / largest;
}

LogicalResult Converter::checkSum(Operation *op, Value tensor,
                                  int64_t elements) {
  const int64_t limit = longestSum(tensor);
  if (elements <= limit)
    return success();
  return op->emitError("the sum of ")
         << elements << " elements can exceed 32 bits; pool the image to at "
         << "most " << limit << " elements first" << Diag::NAS6022;
}

LogicalResult Converter::mean(Operation *op) {
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
  return store(sum, {quantizationOf(input).scale /
                     static_cast<double>(shape[1] * shape[2])});
}

/// What elements are multiplied by so that the means of their windows are not
/// rounded: a multiple of all counts of elements that windows have inside the
/// image, of at most 128, with which 9-bit differences fit 16 bits. Where there
/// is none, the greatest factor for which sums fit.
static int64_t meanFactor(ArrayRef<int64_t> image, ArrayRef<int64_t> result,
                          const LayerWindow &window, ArrayRef<int64_t> pads,
                          int64_t longestSum) {
  constexpr int64_t most = 128;
  int64_t common = 1;
  for (int64_t y = 0; y < result[1]; ++y)
    for (int64_t x = 0; x < result[2]; ++x) {
      auto inside = [](int64_t at, int64_t pad, int64_t kernel, int64_t size) {
        return std::min(at - pad + kernel, size) -
               std::max<int64_t>(at - pad, 0);
      };
      const int64_t count =
          inside(y * window.stride[0], pads[0], window.kernel[0], image[1]) *
          inside(x * window.stride[1], pads[2], window.kernel[1], image[2]);
      if (common <= most && count > 0)
        common = std::lcm(common, count);
    }
  const int64_t room =
      std::min(most, longestSum / (window.kernel[0] * window.kernel[1]));
  return common <= room ? room / common * common : std::max<int64_t>(room, 1);
}

LogicalResult lower(nas::AveragePoolOp op, Converter &converter) {
  if (op.coversImage())
    return converter.mean(op);
  auto window = layerWindow(op);
  if (failed(window))
    return failure();
  auto amounts = resolvePadding(op, op.getPadding(), op.getInput(),
                                window->kernel, window->stride);
  if (failed(amounts) ||
      failed(converter.checkSum(op, op.getInput(),
                                window->kernel[0] * window->kernel[1])))
    return failure();
  OpBuilder &builder = converter.b();
  const TensorQuantization input = converter.quantizationOf(op.getInput());
  const TensorQuantization &stored = converter.group().quantization;
  Value value = converter.get(op.getInput());
  const bool isPadded =
      llvm::any_of(*amounts, [](int64_t amount) { return amount != 0; });
  if (isPadded && op.getCountPadding()) {
    // TOSA never counts the padding, so it becomes part of the input.
    SmallVector<int64_t, 4> padded = imageShape(op.getInput());
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
        scalarType, DenseElementsAttr::get(
                        scalarType, static_cast<int8_t>(input.zeroPoint)));
    value = converter.create<tosa::PadOp>(
        RankedTensorType::get(padded, builder.getI8Type()), value, paddings,
        zero, tosa::PadOpQuantizationAttr());
    amounts->fill(0);
  }
  auto pool = [&](Value value, unsigned bits, int64_t zeroPoint) {
    return converter.create<tosa::AvgPool2dOp>(
        converter.type(op.getResult(), bits), value,
        builder.getDenseI64ArrayAttr(window->kernel),
        builder.getDenseI64ArrayAttr(window->stride),
        builder.getDenseI64ArrayAttr(*amounts),
        TypeAttr::get(builder.getI32Type()),
        tosa::UnaryOpQuantizationAttr::get(builder.getContext(), zeroPoint,
                                           zeroPoint));
  };
  if (input == stored)
    return converter.finish(pool(value, 8, input.zeroPoint));
  const int64_t factor =
      meanFactor(cast<RankedTensorType>(value.getType()).getShape(),
                 imageShape(op.getResult()), *window, *amounts,
                 converter.longestSum(op.getInput()));
  Value mean =
      pool(converter.widenedBy(value, input.zeroPoint, factor, 16), 16, 0);
  FailureOr<Value> result = converter.rescale(
      op, mean, 0, 8, stored.zeroPoint, {input.scale / stored.scale / factor});
  return failed(result) ? failure() : converter.finish(*result);
}

LogicalResult lower(nas::GlobalAveragePoolOp op, Converter &converter) {
  return converter.mean(op);
}

LogicalResult lower(nas::FlattenOp op, Converter &converter) {
  return converter.finishAsInput(converter.reshape(converter.get(op.getInput()),
                                                   imageShape(op.getResult())));
}
LogicalResult lower(nas::IdentityOp op, Converter &converter) {
  return converter.finishAsInput(converter.get(op.getInput()));
}
LogicalResult lower(nas::DropoutOp op, Converter &converter) {
  return converter.finishAsInput(converter.get(op.getInput()));
}

LogicalResult lower(nas::ZeroOp op, Converter &converter) {
  RankedTensorType type = converter.type(op.getResult());
  const int64_t zero = converter.group().quantization.zeroPoint;
  return converter.finish(converter.create<tosa::ConstOp>(
      type, DenseElementsAttr::get(type, static_cast<int8_t>(zero))));
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
      entry<nas::Conv2DOp>(),
      entry<nas::DepthwiseConv2DOp>(),
      entry<nas::Conv1DOp>(),
      entry<nas::DenseOp>(),
      entry<nas::BatchNormOp>(),
      entry<nas::ReLUOp>(),
      entry<nas::ReLU6Op>(),
      entry<nas::RequantizeOp>(),
      entry<nas::HardSwishOp>(),
      entry<nas::HardSigmoidOp>(),
      entry<nas::SigmoidOp>(),
      entry<nas::AddOp>(),
      entry<nas::MultiplyOp>(),
      entry<nas::ConcatOp>(),
      entry<nas::MaxPoolOp>(),
      entry<nas::AveragePoolOp>(),
      entry<nas::GlobalAveragePoolOp>(),
      entry<nas::FlattenOp>(),
      entry<nas::IdentityOp>(),
      entry<nas::DropoutOp>(),
      entry<nas::ZeroOp>()};
  return table;
}

//===----------------------------------------------------------------------===//
// The function
//===----------------------------------------------------------------------===//

/// Constants, and the sizes they give to tensors.
bool isScalar(Operation &op) {
  return isa<nas::ShapeOp>(op) ||
         isa_and_nonnull<cost::CostDialect, arith::ArithDialect>(
             op.getDialect());
}

/// Fails, after an error, where the space is no network of layers that have a
/// lowering.
LogicalResult checkNetwork(nas::SpaceOp space) {
  Block &body = space.getBody().front();
  if (body.getNumArguments() == 0)
    return space.emitError("a space without layers has no code")
           << Diag::NAS6001;
  if (!isa_and_nonnull<nas::ReturnOp>(body.getTerminator()))
    return space.emitError("expected a space that returns its result")
           << Diag::NAS6001;
  for (Operation &op : body.without_terminator()) {
    if (isScalar(op))
      continue;
    if (layerLowerings().count(op.getName().getStringRef()) == 0)
      return op.emitError("cannot be lowered; specialise the space first")
             << Diag::NAS6001;
    for (Value tensor : op.getResults()) {
      auto type = dyn_cast<nas::TensorType>(tensor.getType());
      if (!type || !type.hasStaticShape() || type.getRank() > 3)
        return op.emitError("expected a tensor of shape, found ")
               << tensor.getType() << "; specialise the space first"
               << Diag::NAS6001;
    }
  }
  return success();
}

FailureOr<Value> Converter::quantizedInput(Value raw,
                                           const RawSamples &samples) {
  Value argument = space.getBody().getArgument(0);
  RankedTensorType type = this->type(argument);
  Value value = reshape(raw, type.getShape());
  const TensorQuantization quantization = quantizationOf(argument);
  if (samples.element == "float32")
    return value;

  // What becomes of each raw byte, for each channel.
  const bool isUnsigned = samples.element == "uint8";
  auto integerOf = [&](int64_t byte, size_t channel) {
    const int64_t raw =
        isUnsigned ? byte : static_cast<int64_t>(static_cast<int8_t>(byte));
    return quantization.quantize(samples.factors[channel] * raw +
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

FailureOr<func::FuncOp> Converter::convert(const RawSamples &samples) {
  location = space.getLoc();
  Block &body = space.getBody().front();
  auto rawType = RankedTensorType::get(
      cast<nas::TensorType>(body.getArgument(0).getType()).getShape(),
      builder.getI8Type());
  auto resultType = RankedTensorType::get(
      cast<nas::TensorType>(*space.getResult()).getShape(),
      builder.getI8Type());
  auto function = builder.create<func::FuncOp>(
      location, space.getSymName(),
      builder.getFunctionType(rawType, resultType));
  if (samples.element == "uint8")
    function.setArgAttr(0, "nasc.unsigned", builder.getUnitAttr());
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(function.addEntryBlock());
  location = NameLoc::get(builder.getStringAttr("input"), space.getLoc());
  auto input = quantizedInput(function.getArgument(0), samples);
  if (failed(input))
    return failure();
  values[body.getArgument(0)] = *input;
  auto describe = [&](const TensorQuantization &quantization, auto set) {
    set("nasc.scale", builder.getF64FloatAttr(quantization.scale));
    set("nasc.zero_point", builder.getI64IntegerAttr(quantization.zeroPoint));
  };
  if (samples.element == "float32") {
    const TensorQuantization integers = quantizationOf(body.getArgument(0));
    auto set = [&](StringRef name, Attribute value) {
      function.setArgAttr(0, name, value);
    };
    describe(integers, set);
    SmallVector<float> factors, offsets;
    const size_t count = samples.isUniform() ? 1 : samples.factors.size();
    for (size_t channel = 0; channel < count; ++channel) {
      factors.push_back(
          static_cast<float>(samples.factors[channel] / integers.scale));
      offsets.push_back(
          static_cast<float>(samples.offsets[channel] / integers.scale +
                             static_cast<double>(integers.zeroPoint)));
    }
    set("nasc.factors", builder.getDenseF32ArrayAttr(factors));
    set("nasc.offsets", builder.getDenseF32ArrayAttr(offsets));
  }

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
    if (isScalar(op))
      continue;
    ++numLayers;
    current = layers.groupLedBy(&op);
    // Part of a layer before it.
    if (!current)
      continue;
    location = NameLoc::get(
        builder.getStringAttr(cast<nas::LayerOpInterface>(op).getLayerName()),
        op.getLoc());
    if (failed(table.find(op.getName().getStringRef())->second(&op, *this)))
      return failure();
  }
  llvm_unreachable("a space ends with a return");
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
          << rounding << "'" << Diag::NAS6024;
      return signalPassFailure();
    }
    SmallVector<nas::SpaceOp> spaces(module.getOps<nas::SpaceOp>());
    if (spaces.size() != 1) {
      module.emitError("expected one space to lower, found ")
          << spaces.size() << Diag::NAS6001;
      return signalPassFailure();
    }
    nas::SpaceOp space = spaces.front();
    if (failed(checkNetwork(space)))
      return signalPassFailure();
    auto samples = readRawSamples(space, inputElement);
    if (failed(samples))
      return signalPassFailure();
    auto layers = QuantizedLayers::create(space, *samples, placeholders);
    if (failed(layers))
      return signalPassFailure();
    OpBuilder builder = OpBuilder::atBlockBegin(module.getBody());
    QuantizedConverter converter(space, *layers, builder, *way);
    if (failed(converter.convert(*samples)))
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

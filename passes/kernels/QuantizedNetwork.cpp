//===- QuantizedNetwork.cpp - An 8-bit network as steps -------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/kernels/QuantizedNetwork.h"
#include "dialects/diagnostics/CodedDiagnostic.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/TypeSwitch.h"

namespace nasc {
using namespace mlir;

llvm::StringRef getStepName(StepKind kind) {
  switch (kind) {
  case StepKind::FlipSign:
    return "flip sign";
  case StepKind::Table:
    return "table";
  case StepKind::Rescale:
    return "rescale";
  case StepKind::Clamp:
    return "clamp";
  case StepKind::Convolution:
    return "convolution";
  case StepKind::PointwiseConvolution:
    return "pointwise convolution";
  case StepKind::DepthwiseConvolution:
    return "depthwise convolution";
  case StepKind::Dense:
    return "dense";
  case StepKind::Affine:
    return "affine";
  case StepKind::Add:
    return "add";
  case StepKind::Multiply:
    return "multiply";
  case StepKind::MaxPool:
    return "max pool";
  case StepKind::AveragePool:
    return "average pool";
  case StepKind::Mean:
    return "mean";
  case StepKind::Concat:
    return "concat";
  case StepKind::Slice:
    return "slice";
  case StepKind::Pad:
    return "pad";
  case StepKind::Fill:
    return "fill";
  }
  llvm_unreachable("all kinds are covered");
}

SmallVector<int> QuantizedNetwork::writers() const {
  SmallVector<int> result(tensors.size(), -1);
  for (auto [index, step] : llvm::enumerate(steps))
    result[step.output] = static_cast<int>(index);
  return result;
}

SmallVector<int> QuantizedNetwork::lastReaders() const {
  SmallVector<int> result(tensors.size(), -1);
  for (auto [index, step] : llvm::enumerate(steps))
    for (unsigned tensor : step.inputs)
      result[tensor] = static_cast<int>(index);
  result[output] = static_cast<int>(steps.size());
  return result;
}

int64_t constantBytesOf(const NetworkStep &step) {
  // Bias, multiplier, with double rounding the shift, and a summand.
  const int64_t words = 2 + step.result.doubleRounding + !step.summands.empty();
  return step.weights.size() + 4 * words * step.bias.size();
}

int64_t QuantizedNetwork::constantBytes() const {
  int64_t bytes = 0;
  for (const NetworkStep &step : steps)
    bytes += constantBytesOf(step);
  return bytes;
}

namespace {

/// Reads one function.
class NetworkReader {
public:
  explicit NetworkReader(func::FuncOp function) : function(function) {}
  FailureOr<QuantizedNetwork> read();

private:
  LogicalResult readOperation(Operation &op);
  LogicalResult readRescale(tosa::RescaleOp op);
  LogicalResult readWeighted(Operation *sums, NetworkStep &step);
  LogicalResult readClamp(tosa::ClampOp op);
  template <typename Op>
  LogicalResult readPool(Op op, Value image, NetworkStep &step);
  LogicalResult takeSigns(Operation *&source, Requantization &scale);
  LogicalResult readSummands(tosa::AddOp sum, NetworkStep &step);
  LogicalResult readRescaledPool(tosa::AvgPool2dOp pool, NetworkStep &step);
  void joinSteps();
  bool joinConcat(unsigned index);
  void joinRescales(unsigned index);
  int64_t readersOf(unsigned tensor) const;
  bool joinPadding(unsigned index);
  FailureOr<unsigned> tensorOf(Operation *user, Value value);
  FailureOr<unsigned> newTensor(Operation *op, Value value);
  /// Adds the step with the tensor it computes.
  LogicalResult add(NetworkStep step, Operation *op, Value result);
  static std::string nameOf(Location location);
  static Requantization requantizationOf(tosa::RescaleOp op);
  template <typename T> std::vector<T> numbersOf(Value value);

  func::FuncOp function;
  QuantizedNetwork network;
  DenseMap<Value, unsigned> tensors;
};

std::string NetworkReader::nameOf(Location location) {
  if (auto named = dyn_cast<NameLoc>(location))
    return named.getName().str();
  return "layer";
}

static bool isBytes(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && type.getElementType().isInteger(8);
}

FailureOr<unsigned> NetworkReader::newTensor(Operation *op, Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!type || !type.hasStaticShape() || type.getRank() > 4 ||
      !type.getElementType().isInteger(8) ||
      (type.getRank() == 4 && type.getDimSize(0) != 1))
    return op->emitError("expected a tensor of i8 of one image, found ")
           << value.getType() << Diag::NAS6025;
  SmallVector<int64_t, 4> shape(4 - type.getRank(), 1);
  shape.append(type.getShape().begin(), type.getShape().end());
  NetworkTensor tensor;
  tensor.name = nameOf(op->getLoc());
  tensor.height = shape[1];
  tensor.width = shape[2];
  tensor.channels = shape[3];
  const unsigned index = network.tensors.size();
  network.tensors.push_back(tensor);
  tensors[value] = index;
  return index;
}

template <typename T> std::vector<T> NetworkReader::numbersOf(Value value) {
  DenseElementsAttr attribute;
  if (!matchPattern(value, m_Constant(&attribute)))
    return {};
  auto numbers = attribute.getValues<T>();
  return std::vector<T>(numbers.begin(), numbers.end());
}

FailureOr<unsigned> NetworkReader::tensorOf(Operation *user, Value value) {
  while (auto reshape = value.getDefiningOp<tosa::ReshapeOp>()) {
    if (tensors.contains(value))
      break;
    value = reshape.getInput1();
  }
  auto found = tensors.find(value);
  if (found != tensors.end())
    return found->second;
  // Zeros are the one constant that is an activation.
  DenseElementsAttr attribute;
  if (isBytes(value) && matchPattern(value, m_Constant(&attribute)) &&
      attribute.isSplat()) {
    NetworkStep step;
    step.kind = StepKind::Fill;
    step.first = attribute.getSplatValue<int8_t>();
    Operation *constant = value.getDefiningOp();
    if (failed(add(std::move(step), constant, value)))
      return failure();
    return tensors.lookup(value);
  }
  return user->emitError("an operand has no kernel that computes it")
         << Diag::NAS6025;
}

LogicalResult NetworkReader::add(NetworkStep step, Operation *op,
                                 Value result) {
  auto tensor = newTensor(op, result);
  if (failed(tensor))
    return failure();
  step.output = *tensor;
  step.layer = nameOf(op->getLoc());
  network.steps.push_back(std::move(step));
  return success();
}

Requantization NetworkReader::requantizationOf(tosa::RescaleOp op) {
  Requantization result;
  result.multipliers.assign(op.getMultiplier().begin(),
                            op.getMultiplier().end());
  result.shifts.assign(op.getShift().begin(), op.getShift().end());
  result.doubleRounding = op.getDoubleRound();
  result.zeroPoint = op.getOutputZp();
  return result;
}

/// Reads the convolution or dense layer that computes 32-bit sums.
LogicalResult NetworkReader::readWeighted(Operation *sums, NetworkStep &step) {
  auto input = tensorOf(sums, sums->getOperand(0));
  if (failed(input))
    return failure();
  step.inputs.push_back(*input);
  std::vector<int8_t> weights = numbersOf<int8_t>(sums->getOperand(1));
  step.bias = numbersOf<int32_t>(sums->getOperand(2));
  if (weights.empty() || step.bias.empty())
    return sums->emitError("expected constant weights and biases")
           << Diag::NAS6025;
  auto zeroPoints =
      sums->getAttrOfType<tosa::ConvOpQuantizationAttr>("quantization_info");
  if (zeroPoints) {
    if (zeroPoints.getWeightZp() != 0)
      return sums->emitError("expected symmetric weights (a zero point of 0), "
                             "found ")
             << zeroPoints.getWeightZp() << Diag::NAS6025;
    step.inputZeroPoint = zeroPoints.getInputZp();
  }
  auto window = [&](auto op) {
    if (llvm::any_of(op.getDilation(), [](int64_t d) { return d != 1; })) {
      op.emitError("a convolution with dilation has no kernel")
          << Diag::NAS6025;
      return failure();
    }
    step.strideHeight = op.getStride()[0];
    step.strideWidth = op.getStride()[1];
    step.padTop = op.getPad()[0];
    step.padLeft = op.getPad()[2];
    return success();
  };
  const NetworkTensor &image = network.tensors[*input];
  auto type = cast<RankedTensorType>(sums->getResult(0).getType());
  const int64_t outputs = type.getNumElements();
  const int64_t filters = step.bias.size();

  if (isa<tosa::FullyConnectedOp>(sums)) {
    step.kind = StepKind::Dense;
    step.macs = weights.size();
  } else if (auto depthwise = dyn_cast<tosa::DepthwiseConv2DOp>(sums)) {
    auto shape =
        cast<RankedTensorType>(depthwise.getWeight().getType()).getShape();
    step.kind = StepKind::DepthwiseConvolution;
    step.kernelHeight = shape[0];
    step.kernelWidth = shape[1];
    if (failed(window(depthwise)))
      return failure();
    // Each filter's weights become neighbours.
    std::vector<int8_t> permuted(weights.size());
    const int64_t taps = shape[0] * shape[1];
    for (int64_t tap = 0; tap < taps; ++tap)
      for (int64_t filter = 0; filter < filters; ++filter)
        permuted[filter * taps + tap] = weights[tap * filters + filter];
    weights = std::move(permuted);
    step.macs = outputs * taps;
  } else if (auto convolution = dyn_cast<tosa::Conv2DOp>(sums)) {
    auto shape =
        cast<RankedTensorType>(convolution.getWeight().getType()).getShape();
    step.kind = StepKind::Convolution;
    step.kernelHeight = shape[1];
    step.kernelWidth = shape[2];
    if (failed(window(convolution)))
      return failure();
    const bool isPointwise =
        shape[1] == 1 && shape[2] == 1 && step.strideHeight == 1 &&
        step.strideWidth == 1 &&
        llvm::all_of(convolution.getPad(), [](int64_t p) { return p == 0; });
    if (isPointwise)
      step.kind = image.height * image.width == 1
                      ? StepKind::Dense
                      : StepKind::PointwiseConvolution;
    step.macs = outputs * shape[1] * shape[2] * shape[3];
  } else {
    return sums->emitError("an operation without a kernel") << Diag::NAS6025;
  }
  // What the zero point adds to each sum is a constant: padding has the value
  // of the zero point too.
  const int64_t each = weights.size() / filters;
  for (int64_t filter = 0; filter < filters; ++filter) {
    int64_t sum = 0, sizes = 0;
    for (int64_t i = 0; i < each; ++i) {
      const int64_t weight = weights[filter * each + i];
      sum += weight;
      sizes += std::abs(weight);
    }
    const int64_t folded = step.bias[filter] - step.inputZeroPoint * sum;
    // What the loops add up: integers of at most 128 without their zero point.
    if (std::abs(folded) + 128 * sizes > INT32_MAX)
      return sums->emitError("the sums of channel ")
             << filter << " can exceed 32 bits (bias " << folded
             << " with the zero point, products up to " << 128 * sizes
             << "); fewer inputs or smaller weights are needed"
             << Diag::NAS6022;
    step.bias[filter] = static_cast<int32_t>(folded);
  }
  step.weights = std::move(weights);
  return success();
}

/// The operation behind 32-bit values that are only reshaped.
static Operation *sourceOf(Value value) {
  while (auto reshape = value.getDefiningOp<tosa::ReshapeOp>())
    value = reshape.getInput1();
  return value.getDefiningOp();
}

/// Takes a negation of channels off a 32-bit value and gives the multipliers
/// behind it the signs: -x · m is x · -m.
LogicalResult NetworkReader::takeSigns(Operation *&source,
                                       Requantization &scale) {
  auto product = dyn_cast_or_null<tosa::MulOp>(source);
  if (!product)
    return success();
  std::vector<int32_t> signs = numbersOf<int32_t>(product.getInput2());
  if (signs.empty())
    return success(); // A product of activations.
  if (!llvm::all_of(signs, [](int32_t sign) { return std::abs(sign) == 1; }))
    return product.emitError("only a negation of channels has a kernel")
           << Diag::NAS6025;
  auto spread = [&](auto &numbers) {
    if (numbers.size() == 1)
      numbers.assign(signs.size(), numbers.front());
  };
  spread(scale.multipliers);
  spread(scale.shifts);
  if (scale.multipliers.size() != signs.size())
    return product.emitError("expected a sign for each channel")
           << Diag::NAS6025;
  for (auto [multiplier, sign] : llvm::zip(scale.multipliers, signs))
    multiplier *= sign;
  source = sourceOf(product.getInput1());
  return success();
}

/// Numbers of 32 bits that are rescaled by channels, plus a constant for each:
/// sums of weights and inputs, or the numbers of an 8-bit tensor.
LogicalResult NetworkReader::readSummands(tosa::AddOp sum, NetworkStep &step) {
  step.summands = numbersOf<int32_t>(sum.getInput2());
  const size_t channels = step.summands.size();
  auto rescale = dyn_cast_or_null<tosa::RescaleOp>(sourceOf(sum.getInput1()));
  Operation *source = rescale ? sourceOf(rescale.getInput()) : nullptr;
  if (!source || rescale.getInputZp() != 0)
    return sum.emitError("expected an operand that is rescaled")
           << Diag::NAS6025;
  step.channelScale = requantizationOf(rescale);
  if (step.channelScale.multipliers.size() == 1) {
    step.channelScale.multipliers.assign(channels,
                                         step.channelScale.multipliers.front());
    step.channelScale.shifts.assign(channels, step.channelScale.shifts.front());
  }
  if (step.channelScale.multipliers.size() != channels)
    return sum.emitError("expected a factor and a summand for each of ")
           << channels << " channels" << Diag::NAS6025;
  if (failed(takeSigns(source, step.channelScale)))
    return failure();
  auto widened = dyn_cast_or_null<tosa::RescaleOp>(source);
  if (!widened)
    return readWeighted(source, step);
  if (!isBytes(widened.getInput()) ||
      widened.getMultiplier() != ArrayRef<int32_t>{1 << 30} ||
      widened.getShift() != ArrayRef<int8_t>{30})
    return widened.emitError("a rescale without a kernel") << Diag::NAS6025;
  auto input = tensorOf(sum, widened.getInput());
  if (failed(input))
    return failure();
  if (network.tensors[*input].channels != static_cast<int64_t>(channels))
    return sum.emitError("expected a summand for each of ")
           << network.tensors[*input].channels << " channels, found "
           << channels << Diag::NAS6025;
  step.kind = StepKind::Affine;
  step.inputs.push_back(*input);
  step.bias.assign(channels, -widened.getInputZp());
  return success();
}

LogicalResult NetworkReader::readRescale(tosa::RescaleOp op) {
  if (!isBytes(op.getOutput()))
    return success(); // Part of a step behind it.
  NetworkStep step;
  step.result = requantizationOf(op);
  if (isBytes(op.getInput())) {
    auto input = tensorOf(op, op.getInput());
    if (failed(input))
      return failure();
    step.kind = StepKind::Rescale;
    step.inputs.push_back(*input);
    step.inputZeroPoint = op.getInputZp();
    return add(std::move(step), op, op.getOutput());
  }
  Operation *source = sourceOf(op.getInput());
  if (!source || op.getInputZp() != 0)
    return op.emitError("a rescale without a kernel") << Diag::NAS6025;
  if (failed(takeSigns(source, step.result)))
    return failure();

  /// The 8-bit tensor that a 32-bit value is a rescaled form of.
  auto readOperand = [&](Value value) {
    auto scale = dyn_cast_or_null<tosa::RescaleOp>(sourceOf(value));
    // TFLite's sums shift first and scale then.
    tosa::RescaleOp first = scale;
    if (scale && !isBytes(scale.getInput()))
      first = dyn_cast_or_null<tosa::RescaleOp>(sourceOf(scale.getInput()));
    if (!first || !isBytes(first.getInput())) {
      source->emitError("expected an 8-bit operand that is rescaled")
          << Diag::NAS6025;
      return failure();
    }
    auto input = tensorOf(source, first.getInput());
    if (failed(input))
      return failure();
    step.inputs.push_back(*input);
    step.zeroPoints.push_back(first.getInputZp());
    Requantization requantization = requantizationOf(scale);
    if (scale != first) {
      // A factor of 2^30 · 2^-shift; the kernel shifts first, too.
      requantization.leftShift = 30 - first.getShift().front();
      if (first.getMultiplier().front() != (1 << 30)) {
        first.emitError("a rescale without a kernel") << Diag::NAS6025;
        return failure();
      }
    }
    step.inputScales.push_back(requantization);
    return success();
  };

  if (auto sum = dyn_cast<tosa::AddOp>(source);
      sum && !numbersOf<int32_t>(sum.getInput2()).empty()) {
    if (failed(readSummands(sum, step)))
      return failure();
  } else if (isa<tosa::AddOp>(source)) {
    step.kind = StepKind::Add;
    // A chain of sums is one step.
    SmallVector<Value> terms;
    std::function<void(Value)> collect = [&](Value value) {
      if (auto sum = dyn_cast_or_null<tosa::AddOp>(sourceOf(value))) {
        collect(sum.getInput1());
        collect(sum.getInput2());
      } else {
        terms.push_back(value);
      }
    };
    collect(op.getInput());
    for (Value term : terms)
      if (failed(readOperand(term)))
        return failure();
    for (unsigned input : step.inputs)
      if (network.tensors[input].bytes() !=
          network.tensors[step.inputs.front()].bytes())
        return source->emitError("a sum of tensors of different shapes has no "
                                 "kernel")
               << Diag::NAS6025;
  } else if (auto product = dyn_cast<tosa::MulOp>(source)) {
    step.kind = StepKind::Multiply;
    if (failed(readOperand(product.getInput1())) ||
        failed(readOperand(product.getInput2())))
      return failure();
  } else if (isa<tosa::ReduceSumOp>(source)) {
    step.kind = StepKind::Mean;
    Value value = op.getInput();
    while (auto sum = dyn_cast_or_null<tosa::ReduceSumOp>(sourceOf(value)))
      value = sum.getInput();
    if (failed(readOperand(value)))
      return failure();
    step.inputZeroPoint = step.zeroPoints.front();
    auto type = cast<RankedTensorType>(op.getOutput().getType());
    if (type.getNumElements() != network.tensors[step.inputs.front()].channels)
      return source->emitError("only means of the whole image have a kernel")
             << Diag::NAS6025;
  } else if (auto pool = dyn_cast<tosa::AvgPool2dOp>(source)) {
    if (failed(readRescaledPool(pool, step)))
      return failure();
  } else if (failed(readWeighted(source, step))) {
    return failure();
  }
  return add(std::move(step), op, op.getOutput());
}

LogicalResult NetworkReader::readClamp(tosa::ClampOp op) {
  const int32_t low = std::max<int64_t>(op.getMinInt(), -128);
  const int32_t high = std::min<int64_t>(op.getMaxInt(), 127);
  if (auto rescale = op.getInput().getDefiningOp<tosa::RescaleOp>();
      rescale && rescale->hasOneUse() && tensors.contains(op.getInput())) {
    const unsigned tensor = tensors.lookup(op.getInput());
    for (NetworkStep &step : network.steps)
      if (step.output == tensor) {
        step.result.minimum = std::max(step.result.minimum, low);
        step.result.maximum = std::min(step.result.maximum, high);
      }
    tensors[op.getOutput()] = tensor;
    return success();
  }
  auto input = tensorOf(op, op.getInput());
  if (failed(input))
    return failure();
  NetworkStep step;
  step.kind = StepKind::Clamp;
  step.inputs.push_back(*input);
  step.result.minimum = low;
  step.result.maximum = high;
  return add(std::move(step), op, op.getOutput());
}

template <typename Op>
LogicalResult NetworkReader::readPool(Op op, Value image, NetworkStep &step) {
  auto input = tensorOf(op, image);
  if (failed(input))
    return failure();
  step.inputs.push_back(*input);
  step.kernelHeight = op.getKernel()[0];
  step.kernelWidth = op.getKernel()[1];
  step.strideHeight = op.getStride()[0];
  step.strideWidth = op.getStride()[1];
  step.padTop = op.getPad()[0];
  step.padLeft = op.getPad()[2];
  return success();
}

/// A mean of 16-bit numbers that are the 8-bit ones times a factor.
LogicalResult NetworkReader::readRescaledPool(tosa::AvgPool2dOp pool,
                                              NetworkStep &step) {
  auto widened = dyn_cast_or_null<tosa::RescaleOp>(sourceOf(pool.getInput()));
  auto zeroPoints = pool.getQuantizationInfo();
  if (!widened || !isBytes(widened.getInput()) || widened.getOutputZp() != 0 ||
      widened.getMultiplier().size() != 1 ||
      (zeroPoints &&
       (zeroPoints->getInputZp() != 0 || zeroPoints->getOutputZp() != 0)))
    return pool.emitError("expected a mean of 16-bit numbers that are 8-bit "
                          "ones times a factor")
           << Diag::NAS6025;
  const int64_t multiplier = widened.getMultiplier().front();
  const int64_t unit = int64_t(1) << widened.getShift().front();
  if (multiplier % unit != 0 || multiplier / unit < 1)
    return widened.emitError("expected a whole number above zero as the factor")
           << Diag::NAS6025;
  step.kind = StepKind::AveragePool;
  step.sumFactor = static_cast<int32_t>(multiplier / unit);
  step.inputZeroPoint = widened.getInputZp();
  return readPool(pool, widened.getInput(), step);
}

LogicalResult NetworkReader::readOperation(Operation &op) {
  return llvm::TypeSwitch<Operation *, LogicalResult>(&op)
      .Case<tosa::ConstOp>([](auto) { return success(); })
      .Case<tosa::ReshapeOp>([&](tosa::ReshapeOp op) {
        if (!isBytes(op.getOutput()))
          return success();
        // Bytes stay where they are; the shape can change.
        auto input = tensorOf(op, op.getInput1());
        if (failed(input))
          return LogicalResult(failure());
        tensors[op.getOutput()] = *input;
        auto shape = cast<RankedTensorType>(op.getOutput().getType());
        if (shape.getRank() == 4 &&
            (network.tensors[*input].height != shape.getDimSize(1) ||
             network.tensors[*input].width != shape.getDimSize(2)) &&
            *input == network.input && network.steps.empty()) {
          network.tensors[*input].height = shape.getDimSize(1);
          network.tensors[*input].width = shape.getDimSize(2);
          network.tensors[*input].channels = shape.getDimSize(3);
        }
        return LogicalResult(success());
      })
      .Case<tosa::Conv2DOp, tosa::DepthwiseConv2DOp, tosa::FullyConnectedOp,
            tosa::AddOp, tosa::MulOp, tosa::ReduceSumOp>([](Operation *op) {
        // Part of the rescale behind it.
        if (isBytes(op->getResult(0)))
          return LogicalResult(
              op->emitError("an 8-bit sum or product has no kernel")
              << Diag::NAS6025);
        return LogicalResult(success());
      })
      .Case<tosa::RescaleOp>(
          [&](tosa::RescaleOp op) { return readRescale(op); })
      .Case<tosa::ClampOp>([&](tosa::ClampOp op) { return readClamp(op); })
      .Case<tosa::BitwiseXorOp>([&](tosa::BitwiseXorOp op) {
        DenseElementsAttr mask;
        auto input = tensorOf(op, op.getInput1());
        if (failed(input))
          return LogicalResult(failure());
        if (!matchPattern(op.getInput2(), m_Constant(&mask)) ||
            !mask.isSplat() || mask.getSplatValue<int8_t>() != -128)
          return LogicalResult(
              op.emitError("only flipping the top bit has a kernel")
              << Diag::NAS6025);
        NetworkStep step;
        step.kind = StepKind::FlipSign;
        step.inputs.push_back(*input);
        return add(std::move(step), op, op.getOutput());
      })
      .Case<tosa::TableOp>([&](tosa::TableOp op) {
        auto input = tensorOf(op, op.getInput());
        if (failed(input))
          return LogicalResult(failure());
        NetworkStep step;
        step.kind = StepKind::Table;
        step.inputs.push_back(*input);
        step.weights = numbersOf<int8_t>(op.getTable());
        if (step.weights.size() != 256)
          return LogicalResult(
              op.emitError("expected a constant table of 256 numbers")
              << Diag::NAS6025);
        return add(std::move(step), op, op.getOutput());
      })
      .Case<tosa::MaxPool2dOp>([&](tosa::MaxPool2dOp op) {
        NetworkStep step;
        step.kind = StepKind::MaxPool;
        if (failed(readPool(op, op.getInput(), step)))
          return LogicalResult(failure());
        return add(std::move(step), op, op.getOutput());
      })
      .Case<tosa::AvgPool2dOp>([&](tosa::AvgPool2dOp op) {
        if (!isBytes(op.getOutput()))
          return success(); // Part of the rescale behind it.
        NetworkStep step;
        step.kind = StepKind::AveragePool;
        if (auto zeroPoints = op.getQuantizationInfo()) {
          step.inputZeroPoint = zeroPoints->getInputZp();
          step.result.zeroPoint = zeroPoints->getOutputZp();
        }
        if (failed(readPool(op, op.getInput(), step)))
          return LogicalResult(failure());
        return add(std::move(step), op, op.getOutput());
      })
      .Case<tosa::ConcatOp>([&](tosa::ConcatOp op) {
        NetworkStep step;
        step.kind = StepKind::Concat;
        for (Value operand : op.getInput1()) {
          auto input = tensorOf(op, operand);
          if (failed(input))
            return LogicalResult(failure());
          step.inputs.push_back(*input);
        }
        auto type = cast<RankedTensorType>(op.getOutput().getType());
        if (op.getAxis() != static_cast<uint32_t>(type.getRank() - 1))
          return LogicalResult(
              op.emitError("only channels can be joined by a kernel")
              << Diag::NAS6025);
        return add(std::move(step), op, op.getOutput());
      })
      .Case<tosa::SliceOp>([&](tosa::SliceOp op) {
        auto input = tensorOf(op, op.getInput());
        if (failed(input))
          return LogicalResult(failure());
        NetworkStep step;
        step.kind = StepKind::Slice;
        step.inputs.push_back(*input);
        step.first = op.getStart().back();
        auto from = cast<RankedTensorType>(op.getInput().getType());
        auto to = cast<RankedTensorType>(op.getOutput().getType());
        if (from.getShape().drop_back() != to.getShape().drop_back())
          return LogicalResult(
              op.emitError("only channels can be taken by a kernel")
              << Diag::NAS6025);
        return add(std::move(step), op, op.getOutput());
      })
      .Case<tosa::PadOp>([&](tosa::PadOp op) {
        auto input = tensorOf(op, op.getInput1());
        if (failed(input))
          return LogicalResult(failure());
        DenseIntElementsAttr amounts;
        DenseElementsAttr value;
        if (!matchPattern(op.getPadding(), m_Constant(&amounts)) ||
            amounts.getNumElements() != 8 || !op.getPadConst() ||
            !matchPattern(op.getPadConst(), m_Constant(&value)))
          return LogicalResult(op.emitError("expected constant padding")
                               << Diag::NAS6025);
        NetworkStep step;
        step.kind = StepKind::Pad;
        step.inputs.push_back(*input);
        auto numbers = llvm::to_vector(amounts.getValues<APInt>());
        step.padTop = numbers[2].getSExtValue();
        step.padLeft = numbers[4].getSExtValue();
        step.first = value.getValues<int8_t>()[0];
        return add(std::move(step), op, op.getOutput());
      })
      .Default([](Operation *op) {
        return op->emitError("an operation without a kernel for 8-bit "
                             "integers")
               << Diag::NAS6025;
      });
}

int64_t NetworkReader::readersOf(unsigned tensor) const {
  int64_t count = tensor == network.output;
  for (const NetworkStep &step : network.steps)
    count += llvm::count(step.inputs, tensor);
  return count;
}

/// Joins a concatenation with what rescales its parts, which it does while it
/// copies them.
void NetworkReader::joinRescales(unsigned index) {
  std::vector<unsigned> joined;
  const SmallVector<int> writers = network.writers();
  NetworkStep &concat = network.steps[index];
  concat.inputScales.resize(concat.inputs.size());
  concat.zeroPoints.resize(concat.inputs.size());
  for (auto [number, tensor] : llvm::enumerate(concat.inputs)) {
    const int writer = writers[tensor];
    if (writer < 0 || network.steps[writer].kind != StepKind::Rescale ||
        readersOf(tensor) != 1)
      continue;
    const NetworkStep &rescale = network.steps[writer];
    concat.inputScales[number] = rescale.result;
    concat.zeroPoints[number] = rescale.inputZeroPoint;
    tensor = rescale.inputs.front();
    joined.push_back(writer);
  }
  if (joined.empty()) {
    concat.inputScales.clear();
    concat.zeroPoints.clear();
  }
  llvm::sort(joined);
  for (unsigned dead : llvm::reverse(joined))
    network.steps.erase(network.steps.begin() + dead);
}

/// Joins a concatenation of what is computed from all slices of one tensor:
/// the groups of a convolution, or tables for each channel.
bool NetworkReader::joinConcat(unsigned index) {
  const SmallVector<int> writers = network.writers();
  const NetworkStep &concat = network.steps[index];
  const int64_t groups = concat.inputs.size();
  std::vector<unsigned> parts, slices;
  for (unsigned tensor : concat.inputs) {
    if (writers[tensor] < 0 || readersOf(tensor) != 1)
      return false;
    const NetworkStep &part = network.steps[writers[tensor]];
    const bool isTable = part.kind == StepKind::Table;
    if (!isTable && part.kind != StepKind::Convolution &&
        part.kind != StepKind::PointwiseConvolution &&
        part.kind != StepKind::Dense)
      return false;
    const unsigned sliced = part.inputs.front();
    if (writers[sliced] < 0 || readersOf(sliced) != 1)
      return false;
    const NetworkStep &slice = network.steps[writers[sliced]];
    if (slice.kind != StepKind::Slice)
      return false;
    parts.push_back(writers[tensor]);
    slices.push_back(writers[sliced]);
    const NetworkStep &first = network.steps[parts.front()];
    const NetworkTensor &source = network.tensors[slice.inputs.front()];
    const int64_t width = network.tensors[sliced].channels;
    if (slice.inputs != network.steps[slices.front()].inputs ||
        slice.first != static_cast<int64_t>(slices.size() - 1) * width ||
        width * groups != source.channels || part.kind != first.kind ||
        part.weights.size() != first.weights.size() ||
        part.bias.size() != first.bias.size() ||
        part.kernelHeight != first.kernelHeight ||
        part.kernelWidth != first.kernelWidth ||
        part.strideHeight != first.strideHeight ||
        part.strideWidth != first.strideWidth || part.padTop != first.padTop ||
        part.padLeft != first.padLeft ||
        part.inputZeroPoint != first.inputZeroPoint ||
        part.result.zeroPoint != first.result.zeroPoint ||
        part.result.minimum != first.result.minimum ||
        part.result.maximum != first.result.maximum ||
        part.result.doubleRounding != first.result.doubleRounding ||
        part.result.multipliers.size() != first.result.multipliers.size() ||
        part.summands.size() != first.summands.size() ||
        (!part.result.doubleRounding &&
         (part.result.shifts != first.result.shifts ||
          part.channelScale.shifts != first.channelScale.shifts)) ||
        (!part.summands.empty() &&
         (part.result.multipliers != first.result.multipliers ||
          part.result.shifts != first.result.shifts)) ||
        (isTable && width != 1))
      return false;
  }
  assert(!parts.empty() && "a concatenation joins something");
  NetworkStep joined = network.steps[parts[0]];
  joined.layer = concat.layer;
  joined.inputs = network.steps[slices.front()].inputs;
  joined.output = concat.output;
  if (joined.kind != StepKind::Table) {
    joined.kind = StepKind::Convolution;
    joined.groups = groups;
  }
  // The factors that differ among channels.
  auto factorsOf = [](NetworkStep &step) -> Requantization & {
    return step.summands.empty() ? step.result : step.channelScale;
  };
  const size_t channels = joined.bias.size();
  auto spread = [&](NetworkStep &step) {
    Requantization &factors = factorsOf(step);
    if (factors.multipliers.size() == 1 && channels > 1) {
      factors.multipliers.assign(channels, factors.multipliers.front());
      factors.shifts.assign(channels, factors.shifts.front());
    }
  };
  spread(joined);
  for (unsigned part : llvm::drop_begin(parts)) {
    NetworkStep other = network.steps[part];
    spread(other);
    llvm::append_range(joined.weights, other.weights);
    llvm::append_range(joined.bias, other.bias);
    llvm::append_range(joined.summands, other.summands);
    llvm::append_range(factorsOf(joined).multipliers,
                       factorsOf(other).multipliers);
    llvm::append_range(factorsOf(joined).shifts, factorsOf(other).shifts);
    joined.macs += other.macs;
  }
  network.steps[index] = std::move(joined);
  llvm::append_range(parts, slices);
  llvm::sort(parts);
  for (unsigned dead : llvm::reverse(parts))
    network.steps.erase(network.steps.begin() + dead);
  return true;
}

/// Joins a pooling with the padding before it, which its divisor counts.
bool NetworkReader::joinPadding(unsigned index) {
  NetworkStep &pool = network.steps[index];
  const int writer = network.writers()[pool.inputs.front()];
  if (writer < 0 || network.steps[writer].kind != StepKind::Pad ||
      pool.padTop != 0 || pool.padLeft != 0)
    return false;
  const NetworkStep &pad = network.steps[writer];
  for (const NetworkStep &step : network.steps)
    if (&step != &pool && llvm::is_contained(step.inputs, pad.output))
      return false;
  if (pad.output == network.output || pad.first != pool.inputZeroPoint)
    return false;
  pool.padTop = pad.padTop;
  pool.padLeft = pad.padLeft;
  pool.countPadding = true;
  pool.inputs = pad.inputs;
  network.steps.erase(network.steps.begin() + writer);
  return true;
}

/// Steps that TOSA has to say in several operations, and whose intermediate
/// tensors need no memory.
void NetworkReader::joinSteps() {
  for (bool joined = true; joined;) {
    joined = false;
    for (unsigned index = 0; index < network.steps.size() && !joined; ++index) {
      if (network.steps[index].kind == StepKind::Concat)
        joined = joinConcat(index);
      else if (network.steps[index].kind == StepKind::AveragePool)
        joined = joinPadding(index);
    }
  }
  for (unsigned index = 0; index < network.steps.size(); ++index)
    if (network.steps[index].kind == StepKind::Concat) {
      const size_t before = network.steps.size();
      joinRescales(index);
      index -= before - network.steps.size();
    }
  // Tensors that nothing computes any more.
  std::vector<bool> used(network.tensors.size(), false);
  used[network.input] = used[network.output] = true;
  for (const NetworkStep &step : network.steps) {
    used[step.output] = true;
    for (unsigned tensor : step.inputs)
      used[tensor] = true;
  }
  std::vector<unsigned> renamed(network.tensors.size());
  std::vector<NetworkTensor> kept;
  for (unsigned tensor = 0; tensor < used.size(); ++tensor) {
    renamed[tensor] = kept.size();
    if (used[tensor])
      kept.push_back(network.tensors[tensor]);
  }
  network.tensors = std::move(kept);
  network.input = renamed[network.input];
  network.output = renamed[network.output];
  for (NetworkStep &step : network.steps) {
    step.output = renamed[step.output];
    for (unsigned &tensor : step.inputs)
      tensor = renamed[tensor];
  }
}

FailureOr<QuantizedNetwork> NetworkReader::read() {
  network.name = function.getName().str();
  if (function.getNumArguments() != 1 || function.getNumResults() != 1)
    return function.emitError("expected one tensor in and one out")
           << Diag::NAS6025;
  auto input = newTensor(function, function.getArgument(0));
  if (failed(input))
    return failure();
  network.input = *input;
  network.tensors[*input].name = "input";
  for (Operation &op : function.getBody().front()) {
    if (auto terminator = dyn_cast<func::ReturnOp>(op)) {
      auto output = tensorOf(terminator, terminator.getOperand(0));
      if (failed(output))
        return failure();
      network.output = *output;
      if (network.output == network.input)
        return function.emitError("the network computes nothing")
               << Diag::NAS6025;
      joinSteps();
      return std::move(network);
    }
    if (failed(readOperation(op)))
      return failure();
  }
  llvm_unreachable("a function ends with a return");
}

} // namespace

FailureOr<QuantizedNetwork> readQuantizedNetwork(func::FuncOp function) {
  return NetworkReader(function).read();
}

} // namespace nasc

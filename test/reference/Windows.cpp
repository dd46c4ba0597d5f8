//===- Windows.cpp - Convolutions and pooling -----------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Convolutions take most of a network's time. Inputs and weights less their
// zero points fit 16 bits, and compilers turn sums of products of 16 bits into
// the vector instructions for it. Translation bounds each output channel's sum
// by its weights: where no order of the additions can leave 32 bits for any
// input, sums are in 32 bits; else they are in 64, in the order of the
// specification, and each is checked.
//
//===----------------------------------------------------------------------===//

#include "test/reference/Arithmetic.h"
#include "test/reference/Translation.h"

#include "llvm/ADT/TypeSwitch.h"

#include <algorithm>
#include <cstdlib>
#include <limits>

using namespace llvm;
using namespace nasc::test;
namespace tosa = mlir::tosa;

//===----------------------------------------------------------------------===//
// The geometry of windows
//===----------------------------------------------------------------------===//

namespace {

/// Where windows lie on an input of [batch, height, width, channels].
struct Windows {
  int64_t batch, height, width, channels;
  int64_t kernelHeight = 1, kernelWidth = 1;
  int64_t strideHeight = 1, strideWidth = 1;
  int64_t dilationHeight = 1, dilationWidth = 1;
  int64_t padTop = 0, padBottom = 0, padLeft = 0, padRight = 0;
  int64_t outputHeight = 1, outputWidth = 1;

  int64_t paddedHeight() const { return padTop + height + padBottom; }
  int64_t paddedWidth() const { return padLeft + width + padRight; }
};

} // namespace

static Expected<Windows>
translateWindows(const Translation &translation, int64_t kernelHeight,
                 int64_t kernelWidth, ArrayRef<int64_t> stride,
                 ArrayRef<int64_t> dilation, ArrayRef<int64_t> pad) {
  if (Error error = translation.expectRank(0, 4))
    return error;
  ArrayRef<int64_t> shape = translation.operands[0].type.shape;
  Windows windows{shape[0], shape[1], shape[2], shape[3]};
  windows.kernelHeight = kernelHeight;
  windows.kernelWidth = kernelWidth;
  if (stride.size() != 2 || dilation.size() != 2 || pad.size() != 4)
    return translation.error("expected two strides, two dilations and four "
                             "paddings");
  windows.strideHeight = stride[0];
  windows.strideWidth = stride[1];
  windows.dilationHeight = dilation[0];
  windows.dilationWidth = dilation[1];
  windows.padTop = pad[0];
  windows.padBottom = pad[1];
  windows.padLeft = pad[2];
  windows.padRight = pad[3];
  if (std::min({kernelHeight, kernelWidth, stride[0], stride[1], dilation[0],
                dilation[1]}) < 1)
    return translation.error(
        "expected kernel, strides and dilations of at least 1");
  if (*std::min_element(pad.begin(), pad.end()) < 0)
    return translation.error("expected paddings of at least 0, found " +
                             listOf(pad));
  const int64_t spareHeight =
      windows.paddedHeight() - (kernelHeight - 1) * dilation[0] - 1;
  const int64_t spareWidth =
      windows.paddedWidth() - (kernelWidth - 1) * dilation[1] - 1;
  if (spareHeight < 0 || spareWidth < 0)
    return translation.error("the kernel is larger than the padded input");
  windows.outputHeight = spareHeight / stride[0] + 1;
  windows.outputWidth = spareWidth / stride[1] + 1;
  return windows;
}

//===----------------------------------------------------------------------===//
// Sums of products
//===----------------------------------------------------------------------===//

static bool fitsAccumulator(int64_t value) { return value == int32_t(value); }

static int32_t dot(const int16_t *a, const int16_t *b, int64_t count) {
  int32_t sum = 0;
  for (int64_t i = 0; i < count; ++i)
    sum += int32_t(a[i]) * b[i];
  return sum;
}

namespace {

/// The sum of a list of products and a bias, in the order of the list. Every
/// sum on the way has to fit 32 bits.
class CheckedSum {
public:
  void add(int64_t addend) {
    sum += addend;
    fits &= fitsAccumulator(sum);
  }
  int64_t sum = 0;
  bool fits = true;
};

/// What conv2d, depthwise_conv2d and fully_connected have in common.
struct Weighted {
  /// Less the zero point, in the order of the operand.
  std::vector<int16_t> weights;
  /// One for each output channel.
  std::vector<int32_t> biases;
  int32_t inputZeroPoint = 0;

  /// The greatest magnitude of an input less its zero point.
  int64_t inputBound() const {
    return std::max(127 - inputZeroPoint, 128 + inputZeroPoint);
  }
};

} // namespace

/// Operand 1 has the weights, operand 2 the biases: one for each of the output
/// channels, or one for all.
static Expected<Weighted> translateWeights(const Translation &translation,
                                           int64_t outputChannels,
                                           int64_t inputZeroPoint,
                                           int64_t weightZeroPoint) {
  for (size_t operand : {0, 1})
    if (Error error = translation.expectOperandBits(operand, 8))
      return error;
  if (Error error = translation.expectOperandBits(2, 32))
    return error;
  if (Error error = translation.expectResultBits(32))
    return error;
  const Buffer *weights = translation.operands[1].constant;
  const Buffer *biases = translation.operands[2].constant;
  if (!weights || !biases)
    return translation.error("expected constant weights and biases");
  const TensorType bytes;
  if (!bytes.holds(inputZeroPoint) || !bytes.holds(weightZeroPoint))
    return translation.error("expected zero points from -128 to 127, found " +
                             Twine(inputZeroPoint) + " of the input and " +
                             Twine(weightZeroPoint) + " of the weights");
  ArrayRef<int64_t> shape = translation.operands[2].type.shape;
  if (shape.size() != 1 || (shape[0] != 1 && shape[0] != outputChannels))
    return translation.error("expected " + Twine(outputChannels) +
                             " biases or one, found shape " + listOf(shape));
  Weighted result;
  for (int32_t weight : *weights)
    result.weights.push_back(int16_t(weight - weightZeroPoint));
  result.biases = *biases;
  if (shape[0] != outputChannels)
    result.biases.assign(outputChannels, biases->front());
  result.inputZeroPoint = int32_t(inputZeroPoint);
  return result;
}

/// Writes the input less its zero point, with a border of zeros, to `padded`,
/// whose size and border are right already.
static void fillPadded(const Buffer &input, const Windows &windows,
                       int64_t image, int32_t zeroPoint,
                       std::vector<int16_t> &padded) {
  const int64_t row = windows.width * windows.channels;
  for (int64_t y = 0; y < windows.height; ++y) {
    const int32_t *from = input.data() + (image * windows.height + y) * row;
    int16_t *to =
        padded.data() +
        ((windows.padTop + y) * windows.paddedWidth() + windows.padLeft) *
            windows.channels;
    for (int64_t i = 0; i < row; ++i)
      to[i] = int16_t(from[i] - zeroPoint);
  }
}

static Error overflow(const Place &place, int64_t channel) {
  return place.error("the accumulator of output channel " + Twine(channel) +
                     " leaves 32 bits");
}

//===----------------------------------------------------------------------===//
// conv2d and fully_connected
//===----------------------------------------------------------------------===//

/// A convolution with weights [output channels, kernel height, kernel width,
/// input channels].
static Step convolutionStep(const Translation &translation,
                            const Windows &windows, const Weighted &weighted) {
  const int64_t outputs = int64_t(weighted.biases.size());
  const int64_t depth =
      windows.kernelHeight * windows.kernelWidth * windows.channels;
  // Zeros up to a multiple of eight spare `dot` its remainder.
  const int64_t padded = (depth + 7) / 8 * 8;
  std::vector<int16_t> filters(outputs * padded, 0);
  std::vector<bool> isSafe;
  for (int64_t channel = 0; channel < outputs; ++channel) {
    int64_t bound = std::abs(int64_t(weighted.biases[channel]));
    for (int64_t i = 0; i < depth; ++i) {
      const int16_t weight = weighted.weights[channel * depth + i];
      filters[channel * padded + i] = weight;
      bound += weighted.inputBound() * std::abs(weight);
    }
    isSafe.push_back(fitsAccumulator(bound));
  }

  std::vector<int16_t> image(
      windows.paddedHeight() * windows.paddedWidth() * windows.channels, 0);
  std::vector<int16_t> patch(padded, 0);
  return [=, place = translation.place, from = translation.operands[0].slot,
          to = translation.result.slot, biases = weighted.biases,
          zeroPoint = weighted.inputZeroPoint](
             std::vector<Buffer> &buffers) mutable -> Error {
    Buffer &output = buffers[to];
    output.resize(windows.batch * windows.outputHeight * windows.outputWidth *
                  outputs);
    int32_t *next = output.data();
    const int64_t channels = windows.channels;
    for (int64_t n = 0; n < windows.batch; ++n) {
      fillPadded(buffers[from], windows, n, zeroPoint, image);
      for (int64_t y = 0; y < windows.outputHeight; ++y)
        for (int64_t x = 0; x < windows.outputWidth; ++x) {
          int16_t *tap = patch.data();
          for (int64_t row = 0; row < windows.kernelHeight; ++row)
            for (int64_t column = 0; column < windows.kernelWidth; ++column) {
              const int64_t inY =
                  y * windows.strideHeight + row * windows.dilationHeight;
              const int64_t inX =
                  x * windows.strideWidth + column * windows.dilationWidth;
              const int16_t *pixel =
                  image.data() + (inY * windows.paddedWidth() + inX) * channels;
              tap = std::copy(pixel, pixel + channels, tap);
            }
          for (int64_t channel = 0; channel < outputs; ++channel) {
            const int16_t *filter = filters.data() + channel * padded;
            if (isSafe[channel]) {
              *next++ = dot(patch.data(), filter, padded) + biases[channel];
              continue;
            }
            CheckedSum sum;
            for (int64_t i = 0; i < depth; ++i)
              sum.add(int64_t(patch[i]) * filter[i]);
            sum.add(biases[channel]);
            if (!sum.fits)
              return overflow(place, channel);
            *next++ = int32_t(sum.sum);
          }
        }
    }
    return Error::success();
  };
}

static Expected<Step> translateConv2D(const Translation &translation,
                                      tosa::Conv2DOp op) {
  if (Error error = translation.expectRank(1, 4))
    return error;
  ArrayRef<int64_t> filter = translation.operands[1].type.shape;
  Expected<Windows> windows =
      translateWindows(translation, filter[1], filter[2], op.getStride(),
                       op.getDilation(), op.getPad());
  if (!windows)
    return windows.takeError();
  if (filter[3] != windows->channels)
    return translation.error("expected weights for " +
                             Twine(windows->channels) +
                             " input channels, found shape " + listOf(filter));
  if (Error error =
          translation.expectShape({windows->batch, windows->outputHeight,
                                   windows->outputWidth, filter[0]}))
    return error;
  auto info = op.getQuantizationInfo();
  Expected<Weighted> weighted =
      translateWeights(translation, filter[0], info ? info->getInputZp() : 0,
                       info ? info->getWeightZp() : 0);
  if (!weighted)
    return weighted.takeError();
  return convolutionStep(translation, *windows, *weighted);
}

static Expected<Step> translateFullyConnected(const Translation &translation,
                                              tosa::FullyConnectedOp op) {
  for (size_t operand : {0, 1})
    if (Error error = translation.expectRank(operand, 2))
      return error;
  ArrayRef<int64_t> input = translation.operands[0].type.shape;
  ArrayRef<int64_t> filter = translation.operands[1].type.shape;
  if (filter[1] != input[1])
    return translation.error("expected weights for " + Twine(input[1]) +
                             " inputs, found shape " + listOf(filter));
  if (Error error = translation.expectShape({input[0], filter[0]}))
    return error;
  auto info = op.getQuantizationInfo();
  Expected<Weighted> weighted =
      translateWeights(translation, filter[0], info ? info->getInputZp() : 0,
                       info ? info->getWeightZp() : 0);
  if (!weighted)
    return weighted.takeError();
  // It is a convolution of images of one pixel.
  return convolutionStep(translation, Windows{input[0], 1, 1, input[1]},
                         *weighted);
}

//===----------------------------------------------------------------------===//
// depthwise_conv2d
//===----------------------------------------------------------------------===//

/// The weights are [kernel height, kernel width, channels, multiplier]; output
/// channel c · multiplier + m comes from input channel c.
static Expected<Step> translateDepthwise(const Translation &translation,
                                         tosa::DepthwiseConv2DOp op) {
  if (Error error = translation.expectRank(1, 4))
    return error;
  ArrayRef<int64_t> filter = translation.operands[1].type.shape;
  Expected<Windows> translated =
      translateWindows(translation, filter[0], filter[1], op.getStride(),
                       op.getDilation(), op.getPad());
  if (!translated)
    return translated.takeError();
  const Windows windows = *translated;
  if (filter[2] != windows.channels)
    return translation.error("expected weights for " + Twine(windows.channels) +
                             " input channels, found shape " + listOf(filter));
  const int64_t multiplier = filter[3];
  const int64_t outputs = windows.channels * multiplier;
  if (Error error = translation.expectShape(
          {windows.batch, windows.outputHeight, windows.outputWidth, outputs}))
    return error;
  auto info = op.getQuantizationInfo();
  Expected<Weighted> weighted =
      translateWeights(translation, outputs, info ? info->getInputZp() : 0,
                       info ? info->getWeightZp() : 0);
  if (!weighted)
    return weighted.takeError();

  const int64_t taps = windows.kernelHeight * windows.kernelWidth;
  bool isSafe = true;
  for (int64_t channel = 0; channel < outputs; ++channel) {
    int64_t bound = std::abs(int64_t(weighted->biases[channel]));
    for (int64_t tap = 0; tap < taps; ++tap)
      bound += weighted->inputBound() *
               std::abs(weighted->weights[tap * outputs + channel]);
    isSafe &= fitsAccumulator(bound);
  }

  std::vector<int16_t> image(
      windows.paddedHeight() * windows.paddedWidth() * windows.channels, 0);
  return Step([=, place = translation.place,
               from = translation.operands[0].slot,
               to = translation.result.slot, weighted = std::move(*weighted)](
                  std::vector<Buffer> &buffers) mutable -> Error {
    Buffer &output = buffers[to];
    output.resize(windows.batch * windows.outputHeight * windows.outputWidth *
                  outputs);
    int32_t *sums = output.data();
    auto pixelAt = [&](int64_t y, int64_t x, int64_t tap) {
      const int64_t inY = y * windows.strideHeight +
                          tap / windows.kernelWidth * windows.dilationHeight;
      const int64_t inX = x * windows.strideWidth +
                          tap % windows.kernelWidth * windows.dilationWidth;
      return image.data() +
             (inY * windows.paddedWidth() + inX) * windows.channels;
    };
    for (int64_t n = 0; n < windows.batch; ++n) {
      fillPadded(buffers[from], windows, n, weighted.inputZeroPoint, image);
      for (int64_t y = 0; y < windows.outputHeight; ++y)
        for (int64_t x = 0; x < windows.outputWidth; ++x, sums += outputs) {
          if (!isSafe) {
            for (int64_t channel = 0; channel < outputs; ++channel) {
              CheckedSum sum;
              for (int64_t tap = 0; tap < taps; ++tap)
                sum.add(int64_t(pixelAt(y, x, tap)[channel / multiplier]) *
                        weighted.weights[tap * outputs + channel]);
              sum.add(weighted.biases[channel]);
              if (!sum.fits)
                return overflow(place, channel);
              sums[channel] = int32_t(sum.sum);
            }
            continue;
          }
          std::copy(weighted.biases.begin(), weighted.biases.end(), sums);
          for (int64_t tap = 0; tap < taps; ++tap) {
            const int16_t *pixel = pixelAt(y, x, tap);
            const int16_t *weights = weighted.weights.data() + tap * outputs;
            if (multiplier == 1) {
              for (int64_t channel = 0; channel < outputs; ++channel)
                sums[channel] += int32_t(pixel[channel]) * weights[channel];
              continue;
            }
            for (int64_t channel = 0; channel < outputs; ++channel)
              sums[channel] +=
                  int32_t(pixel[channel / multiplier]) * weights[channel];
          }
        }
    }
    return Error::success();
  });
}

//===----------------------------------------------------------------------===//
// Pooling
//===----------------------------------------------------------------------===//

/// A step that computes each element from those of its window that lie inside
/// the input: `start()`, then `add(value)` for each, then `finish()`, which
/// gives the result or an error.
template <typename Pool>
static Step poolStep(const Translation &translation, const Windows &windows,
                     Pool pool) {
  return [=, from = translation.operands[0].slot, to = translation.result.slot](
             std::vector<Buffer> &buffers) mutable -> Error {
    const Buffer &input = buffers[from];
    Buffer &output = buffers[to];
    output.clear();
    for (int64_t n = 0; n < windows.batch; ++n)
      for (int64_t y = 0; y < windows.outputHeight; ++y)
        for (int64_t x = 0; x < windows.outputWidth; ++x) {
          const int64_t top = y * windows.strideHeight - windows.padTop;
          const int64_t left = x * windows.strideWidth - windows.padLeft;
          const int64_t firstY = std::max<int64_t>(top, 0);
          const int64_t firstX = std::max<int64_t>(left, 0);
          const int64_t lastY =
              std::min(top + windows.kernelHeight, windows.height);
          const int64_t lastX =
              std::min(left + windows.kernelWidth, windows.width);
          for (int64_t channel = 0; channel < windows.channels; ++channel) {
            pool.start();
            for (int64_t inY = firstY; inY < lastY; ++inY)
              for (int64_t inX = firstX; inX < lastX; ++inX)
                pool.add(
                    input[((n * windows.height + inY) * windows.width + inX) *
                              windows.channels +
                          channel]);
            Expected<int32_t> result = pool.finish();
            if (!result)
              return result.takeError();
            output.push_back(*result);
          }
        }
    return Error::success();
  };
}

/// The geometry of a pooling; each window has to touch the input.
static Expected<Windows> translatePool(const Translation &translation,
                                       ArrayRef<int64_t> kernel,
                                       ArrayRef<int64_t> stride,
                                       ArrayRef<int64_t> pad) {
  if (kernel.size() != 2)
    return translation.error("expected two extents of the kernel");
  Expected<Windows> windows =
      translateWindows(translation, kernel[0], kernel[1], stride, {1, 1}, pad);
  if (!windows)
    return windows.takeError();
  if (std::max(windows->padTop, windows->padBottom) >= kernel[0] ||
      std::max(windows->padLeft, windows->padRight) >= kernel[1])
    return translation.error("expected paddings " + listOf(pad) +
                             " smaller than the kernel " + listOf(kernel));
  if (Error error =
          translation.expectShape({windows->batch, windows->outputHeight,
                                   windows->outputWidth, windows->channels}))
    return error;
  if (Error error = translation.expectSameElements())
    return error;
  return windows;
}

namespace {

struct MaxPool {
  int32_t least;
  int32_t greatest = 0;

  void start() { greatest = least; }
  void add(int32_t value) { greatest = std::max(greatest, value); }
  Expected<int32_t> finish() const { return greatest; }
};

struct AveragePool {
  Place place;
  TensorType type;
  int64_t inputZeroPoint, outputZeroPoint;
  int64_t sum = 0;
  uint32_t count = 0;

  void start() { sum = count = 0; }
  void add(int32_t value) {
    sum += value - inputZeroPoint;
    ++count;
  }
  Expected<int32_t> finish() const {
    if (!fitsAccumulator(sum))
      return place.error("the accumulator leaves 32 bits");
    const Scale scale = reciprocalScale(count);
    const int64_t average =
        applyScale32(int32_t(sum), scale.multiplier, scale.shift, false) +
        outputZeroPoint;
    return int32_t(std::clamp(average, type.minimum(), type.maximum()));
  }
};

} // namespace

static Expected<Step> translateAveragePool(const Translation &translation,
                                           tosa::AvgPool2dOp op) {
  Expected<Windows> windows =
      translatePool(translation, op.getKernel(), op.getStride(), op.getPad());
  if (!windows)
    return windows.takeError();
  const TensorType &type = translation.result.type;
  if (type.bits > 16 || type.isUnsigned)
    return translation.error("expected elements i8 or i16, found " +
                             type.str());
  if (!op.getAccType().isInteger(32))
    return translation.error("expected acc_type i32");
  auto info = op.getQuantizationInfo();
  const int64_t inputZeroPoint = info ? info->getInputZp() : 0;
  const int64_t outputZeroPoint = info ? info->getOutputZp() : 0;
  for (int64_t zeroPoint : {inputZeroPoint, outputZeroPoint})
    if (type.bits == 8 ? !type.holds(zeroPoint) : zeroPoint != 0)
      return translation.error(
          "expected zero points from -128 to 127 for elements i8, and 0 for "
          "others, found " +
          Twine(zeroPoint));
  return poolStep(
      translation, *windows,
      AveragePool{translation.place, type, inputZeroPoint, outputZeroPoint});
}

Expected<Step> nasc::test::translateWindow(const Translation &translation) {
  using Result = Expected<Step>;
  return TypeSwitch<mlir::Operation *, Result>(translation.operation)
      .Case([&](tosa::Conv2DOp op) { return translateConv2D(translation, op); })
      .Case([&](tosa::DepthwiseConv2DOp op) {
        return translateDepthwise(translation, op);
      })
      .Case([&](tosa::FullyConnectedOp op) {
        return translateFullyConnected(translation, op);
      })
      .Case([&](tosa::MaxPool2dOp op) -> Result {
        Expected<Windows> windows = translatePool(translation, op.getKernel(),
                                                  op.getStride(), op.getPad());
        if (!windows)
          return windows.takeError();
        return poolStep(translation, *windows,
                        MaxPool{int32_t(translation.result.type.minimum())});
      })
      .Case([&](tosa::AvgPool2dOp op) {
        return translateAveragePool(translation, op);
      })
      .Default([&](mlir::Operation *) { return Step(); });
}

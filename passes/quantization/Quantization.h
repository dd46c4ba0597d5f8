//===- Quantization.h - Numbers as 8-bit integers ---------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The scheme of TFLite's 8-bit quantisation specification
// (https://www.tensorflow.org/lite/performance/quantization_spec): activations
// asymmetric, one scale and zero point for each tensor; weights symmetric, one
// scale for each output channel; sums in 32 bits; requantisation by a
// fixed-point multiplication.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_QUANTIZATION_QUANTIZATION_H
#define NASC_PASSES_QUANTIZATION_QUANTIZATION_H

#include "mlir/IR/BuiltinOps.h"
#include "passes/lowering/LayerReading.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nasc {

/// The integer q of -128 to 127 stands for scale · (q - zeroPoint).
struct TensorQuantization {
  double scale = 1.0;
  int64_t zeroPoint = 0;

  /// The integer nearest to a number, ties away from zero, saturated.
  int64_t quantize(double number) const;
  double dequantize(int64_t integer) const {
    return scale * (integer - zeroPoint);
  }
  bool operator==(const TensorQuantization &other) const {
    return scale == other.scale && zeroPoint == other.zeroPoint;
  }
};

/// The scale as files of networks have it, in float32: a network that is
/// written and read again is the same.
double asFileNumber(double scale);

/// The quantisation whose integers cover the numbers from `minimum` to
/// `maximum`, and zero, which padding needs exactly. A range that is only zero
/// gets the scale 1. Both bounds are finite, `minimum` <= `maximum`.
TensorQuantization quantizationOfRange(double minimum, double maximum);

/// The quantisation that costs nothing for raw samples of 8 bits whose
/// normalisation is alike for all channels: the integers are the raw bytes
/// (less 128 if they are unsigned). Its zero point is rounded, so that zero is
/// off by at most half a step. Nothing for other samples, and where no zero
/// point of 8 bits stands for zero.
std::optional<TensorQuantization> freeQuantization(const RawSamples &samples);

/// The numbers that a layer's stored tensor took.
struct ActivationRange {
  /// The layer's name, or `input`.
  std::string layer;
  float minimum = 0.0f, maximum = 0.0f;
};

/// Whether a network of 8-bit integers has to know the numbers that the layer's
/// result takes. Not of layers that another stores, or that keep the scale of
/// their input.
bool needsRange(nas::LayerOpInterface layer);

/// Writes a nas.quantization into the module for each range of a layer that has
/// none yet and needs one.
void addQuantization(mlir::ModuleOp module,
                     llvm::ArrayRef<ActivationRange> ranges);

/// How a product is rounded when it is scaled down. The two differ in few
/// elements, by one.
enum class Rounding {
  /// TOSA's without double rounding, with one shift for all channels of a
  /// layer: two instructions on a Cortex-M.
  Single,
  /// TFLite's and CMSIS-NN's: rounded after the multiplication and after the
  /// shift; a shift for each channel.
  Double
};

/// `single` or `double`; nothing for other words.
std::optional<Rounding> parseRounding(llvm::StringRef name);

/// Fixed-point factors: number · multiplier · 2^-shift.
struct FixedPointScale {
  llvm::SmallVector<int32_t> multipliers;
  /// 2 to 62, as TOSA's apply_scale_32 asks for.
  llvm::SmallVector<int8_t> shifts;
};

/// The factors, one for each channel or one for all, in fixed point. With
/// Rounding::Single all shifts are equal and the greatest multiplier has 31
/// bits; with Rounding::Double each multiplier has. Nothing if a factor is not
/// finite, negative, or 2^29 or more.
std::optional<FixedPointScale> fixedPointScale(llvm::ArrayRef<double> factors,
                                               Rounding rounding);

} // namespace nasc

#endif // NASC_PASSES_QUANTIZATION_QUANTIZATION_H

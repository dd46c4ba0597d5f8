//===- Quantization.cpp - Numbers as 8-bit integers -----------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/quantization/Quantization.h"
#include "dialects/nas/Nas.h"
#include "passes/quantization/QuantizedLayers.h"
#include "passes/transforms/Fusion.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"
#include <algorithm>
#include <cmath>

namespace nasc {
using namespace mlir;

int64_t TensorQuantization::quantize(double number) const {
  return static_cast<int64_t>(
      std::clamp(std::round(number / scale) + zeroPoint, -128.0, 127.0));
}

double asFileNumber(double scale) {
  return std::max(static_cast<float>(scale), std::numeric_limits<float>::min());
}

TensorQuantization quantizationOfRange(double minimum, double maximum) {
  assert(std::isfinite(minimum) && std::isfinite(maximum) &&
         minimum <= maximum && "no range");
  minimum = std::min(minimum, 0.0);
  maximum = std::max(maximum, 0.0);
  TensorQuantization result;
  if (minimum == maximum)
    return result;
  result.scale = asFileNumber((maximum - minimum) / 255.0);
  result.zeroPoint = std::clamp<int64_t>(
      std::llround(-128.0 - minimum / result.scale), -128, 127);
  return result;
}

std::optional<TensorQuantization> freeQuantization(const RawSamples &samples) {
  if (samples.element == "float32" || !samples.isUniform())
    return std::nullopt;
  const double factor = samples.factors.front();
  const double zero = -samples.offsets.front() / factor -
                      (samples.element == "uint8" ? 128.0 : 0.0);
  if (!(factor > 0.0) || !(zero >= -128.5 && zero < 127.5))
    return std::nullopt;
  return TensorQuantization{asFileNumber(factor),
                            std::clamp<int64_t>(std::llround(zero), -128, 127)};
}

bool needsRange(nas::LayerOpInterface layer) {
  switch (storageOf(layer)) {
  case nas::ResultStorage::Own:
    return !isa<nas::RequantizeOp>(layer);
  case nas::ResultStorage::ScaleOfInput:
  case nas::ResultStorage::Alias:
    return false;
  case nas::ResultStorage::Fused:
    // A table reads the integers of what it is applied to.
    return fusedReaderOf(layer).getRole() == nas::LayerRole::Activation &&
           !isBound(fusedReaderOf(layer));
  }
  llvm_unreachable("all ways of storing are covered");
}

void addQuantization(ModuleOp module, ArrayRef<ActivationRange> ranges) {
  llvm::StringSet<> known;
  for (auto op : module.getOps<nas::QuantizationOp>())
    known.insert(op.getLayer());
  for (auto space : module.getOps<nas::SpaceOp>())
    for (auto layer : space.getBody().getOps<nas::LayerOpInterface>())
      if (!needsRange(layer))
        known.insert(layer.getLayerName());
  OpBuilder builder = OpBuilder::atBlockEnd(module.getBody());
  for (const ActivationRange &range : ranges) {
    if (!known.insert(range.layer).second)
      continue;
    TensorQuantization quantization =
        quantizationOfRange(range.minimum, range.maximum);
    builder.create<nas::QuantizationOp>(
        module.getLoc(), builder.getStringAttr(range.layer),
        builder.getF64FloatAttr(quantization.scale),
        builder.getI64IntegerAttr(quantization.zeroPoint));
  }
}

std::optional<Rounding> parseRounding(StringRef name) {
  if (name == "single")
    return Rounding::Single;
  if (name == "double")
    return Rounding::Double;
  return std::nullopt;
}

/// The shift that gives the factor a multiplier of 31 bits; for factors that
/// are too small for that, the greatest there is.
static int shiftOf(double factor) {
  int exponent = 0;
  std::frexp(factor, &exponent);
  int shift = 31 - exponent;
  // A factor just below a power of two can round up to it.
  if (std::round(std::ldexp(factor, shift)) > 2147483647.0)
    --shift;
  return std::min(shift, 62);
}

std::optional<FixedPointScale> fixedPointScale(ArrayRef<double> factors,
                                               Rounding rounding) {
  for (double factor : factors)
    if (!(factor >= 0.0) || factor >= 536870912.0)
      return std::nullopt;
  FixedPointScale result;
  const int common = shiftOf(*llvm::max_element(factors));
  for (double factor : factors) {
    const int shift = rounding == Rounding::Single ? common : shiftOf(factor);
    result.shifts.push_back(static_cast<int8_t>(shift));
    result.multipliers.push_back(
        static_cast<int32_t>(std::llround(std::ldexp(factor, shift))));
  }
  return result;
}

} // namespace nasc

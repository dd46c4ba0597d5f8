//===- ActivationNodes.cpp - Activations ----------------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/onnx/GraphConverter.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

using namespace llvm;
using namespace nasc;
using namespace nasc::onnxio;
using onnx::TensorProto;

template <LayerKind kind> LogicalResult GraphConverter::readActivation() {
  Result value = input(0);
  if (failed(value))
    return failure();
  // On integers, a Relu clamps at the integer 0.
  if (kind == LayerKind::ReLU && value->isInteger && value->quantization &&
      value->quantization->zeroPoint == 0 && value->scores.empty()) {
    GraphValue result = appendElementwise(kind, {value->layer}, *value);
    result.isInteger = true;
    result.isUnsigned = value->isUnsigned;
    result.quantization = value->quantization;
    layers[result.layer].quantization = value->quantization;
    return define(std::move(result));
  }
  if (failed(checkActivation(*value)))
    return failure();
  return define(appendElementwise(kind, {value->layer}, *value));
}
// Used by the table of handlers in another file.
template LogicalResult GraphConverter::readActivation<LayerKind::ReLU>();
template LogicalResult GraphConverter::readActivation<LayerKind::ReLU6>();
template LogicalResult GraphConverter::readActivation<LayerKind::HardSwish>();
template LogicalResult GraphConverter::readActivation<LayerKind::HardSigmoid>();
template LogicalResult GraphConverter::readActivation<LayerKind::Sigmoid>();

LogicalResult GraphConverter::readHardSigmoid() {
  const double alpha = real("alpha", 0.2), beta = real("beta", 0.5);
  constexpr double tolerance = 1e-4;
  if (std::abs(alpha - 1.0 / 6) > tolerance || std::abs(beta - 0.5) > tolerance)
    return fail("expected alpha 1/6 and beta 1/2, found " +
                    Twine(std::to_string(alpha)) + " and " +
                    std::to_string(beta) +
                    "; train the network with relu6(x + 3) / 6",
                Diag::NAS7005);
  return readActivation<LayerKind::HardSigmoid>();
}

LogicalResult GraphConverter::readClip() {
  constexpr double greatest = std::numeric_limits<float>::max();
  double low = -greatest, high = greatest;
  if (opset < 11) {
    low = real("min", low);
    high = real("max", high);
  } else {
    for (int i = 1; i <= 2; ++i) {
      if (!hasInput(i))
        continue;
      auto bound = constant(i, "a bound");
      if (failed(bound))
        return failure();
      if ((*bound)->count() != 1)
        return fail("expected one number as a bound, found " +
                        describeShape((*bound)->dims),
                    Diag::NAS7005);
      (i == 1 ? low : high) = (*bound)->values.front();
    }
  }
  if (low == 0.0 && high == 6.0)
    return readActivation<LayerKind::ReLU6>();
  if (low == 0.0 && high >= greatest)
    return readActivation<LayerKind::ReLU>();
  return fail("expected a Clip from 0 to 6 (relu6) or from 0 without an upper "
              "bound (relu), found " +
                  Twine(std::to_string(low)) + " to " + std::to_string(high) +
                  "; train the network with one of those",
              Diag::NAS7005);
}

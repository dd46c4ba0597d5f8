//===- FakeQuantization.cpp - Rounding with gradients -----------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/train/FakeQuantization.h"

#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <algorithm>
#include <torch/csrc/autograd/custom_function.h>

using namespace nasc;
using namespace nasc::train;
using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Values that one thread works on at least; less is not worth waking another.
static constexpr int64_t grain = 1 << 15;

/// The tensor, or a copy whose values lie in memory without gaps.
static Tensor dense(const Tensor &tensor) {
  return tensor.is_non_overlapping_and_dense() ? tensor : tensor.contiguous();
}

namespace {

class RoundActivations : public torch::autograd::Function<RoundActivations> {
public:
  static Tensor forward(AutogradContext *context, const Tensor &values,
                        double scale, int64_t zeroPoint) {
    Tensor input = dense(values);
    context->save_for_backward({input});
    context->saved_data["scale"] = scale;
    context->saved_data["zeroPoint"] = zeroPoint;
    ActivationEncoding encoding{scale, static_cast<int32_t>(zeroPoint)};
    Tensor output = at::empty_like(input);
    const float *source = input.data_ptr<float>();
    float *target = output.data_ptr<float>();
    at::parallel_for(0, input.numel(), grain, [&](int64_t begin, int64_t end) {
      fakeQuantize(source + begin, target + begin, end - begin, encoding);
    });
    return output;
  }

  static variable_list backward(AutogradContext *context,
                                variable_list gradients) {
    Tensor input = context->get_saved_variables()[0];
    ActivationEncoding encoding{
        context->saved_data["scale"].toDouble(),
        static_cast<int32_t>(context->saved_data["zeroPoint"].toInt())};
    // The loop needs both in the same order in memory.
    Tensor gradient = gradients[0];
    if (gradient.strides() != input.strides())
      gradient = at::empty_like(input).copy_(gradient);
    Tensor result = at::empty_like(input);
    const float *value = input.data_ptr<float>();
    const float *source = gradient.data_ptr<float>();
    float *target = result.data_ptr<float>();
    at::parallel_for(0, input.numel(), grain, [&](int64_t begin, int64_t end) {
      fakeQuantizeGradient(value + begin, source + begin, target + begin,
                           end - begin, encoding);
    });
    return {result, Tensor(), Tensor()};
  }
};

class RoundWeights : public torch::autograd::Function<RoundWeights> {
public:
  static Tensor forward(AutogradContext *, const Tensor &weights) {
    int64_t channels = weights.size(0);
    int64_t size = weights.numel() / channels;
    // In all of LibTorch's dense formats a channel is one stretch of memory
    // when the first axis is the outermost.
    Tensor input = dense(weights);
    if (channels > 1 && input.stride(0) != size)
      input = input.contiguous();
    Tensor output = at::empty_like(input);
    const float *source = input.data_ptr<float>();
    float *target = output.data_ptr<float>();
    at::parallel_for(0, channels, std::max<int64_t>(1, grain / size),
                     [&](int64_t begin, int64_t end) {
                       for (int64_t i = begin; i < end; ++i)
                         fakeQuantizeWeights(source + i * size,
                                             target + i * size, size);
                     });
    return output;
  }

  static variable_list backward(AutogradContext *, variable_list gradients) {
    return {gradients[0]};
  }
};

} // namespace

Tensor nasc::train::deployedWeights(const Tensor &weights,
                                    const Tensor &factor) {
  if (!factor.defined())
    return RoundWeights::apply(weights);
  std::vector<int64_t> shape(weights.dim(), 1);
  shape[0] = -1;
  return RoundWeights::apply(weights * factor.reshape(shape));
}

Tensor nasc::train::deployedActivations(const Tensor &values, unsigned layer,
                                        RangeTracker &ranges, bool observes) {
  if (observes) {
    // As one row: LibTorch would copy a tensor in another order than its own.
    Tensor row = dense(values.detach());
    row = row.as_strided({row.numel()}, {1});
    auto [minimum, maximum] = at::aminmax(row);
    ranges.observe(layer, minimum.item<float>(), maximum.item<float>());
  }
  auto [minimum, maximum] = ranges.range(layer);
  ActivationEncoding encoding = encodingOf(minimum, maximum);
  return RoundActivations::apply(values, encoding.scale,
                                 static_cast<int64_t>(encoding.zeroPoint));
}

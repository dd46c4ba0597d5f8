//===- WindowNodes.cpp - Windows of convolutions and pooling --------------===//
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

/// The bound of kernels, strides and padding: beyond it no file means what it
/// says, and sums of them would overflow.
static constexpr int64_t longestWindow = 1 << 20;

FailureOr<WindowShape> GraphConverter::window(const GraphValue &value,
                                              unsigned spatial,
                                              ArrayRef<int64_t> weightKernel) {
  WindowShape result;
  const bool isPool = weightKernel.empty();
  std::vector<int64_t> kernel =
      integers("kernel_shape").value_or(weightKernel.vec());
  std::vector<int64_t> strides =
      integers("strides").value_or(std::vector<int64_t>(spatial, 1));
  std::vector<int64_t> dilations =
      integers("dilations").value_or(std::vector<int64_t>(spatial, 1));
  std::vector<int64_t> pads =
      integers("pads").value_or(std::vector<int64_t>(2 * spatial, 0));
  if (kernel.size() != spatial || strides.size() != spatial ||
      dilations.size() != spatial || pads.size() != 2 * spatial ||
      (!isPool && kernel != weightKernel.vec()))
    return fail("expected a kernel, strides, dilations and padding for " +
                    Twine(spatial) +
                    " dimensions, found others; the file is damaged",
                Diag::NAS7005);
  if (any_of(dilations, [](int64_t dilation) { return dilation != 1; }))
    return fail("expected dilations of 1, found " + describeShape(dilations) +
                    "; layers here are not dilated: train the network "
                    "without dilation",
                Diag::NAS7005);
  for (const std::vector<int64_t> *list : {&kernel, &strides})
    for (int64_t size : *list)
      if (size < 1 || size > longestWindow)
        return fail("expected kernels and strides of at least 1, found " +
                        Twine(size),
                    Diag::NAS7005);
  for (int64_t amount : pads)
    if (amount < 0 || amount > longestWindow)
      return fail("expected padding of at least 0, found " + Twine(amount) +
                      "; crop the input of the layer before",
                  Diag::NAS7005);
  const std::string mode = text("auto_pad", "NOTSET");
  const bool ceil = isPool && integer("ceil_mode", 0) != 0;
  for (unsigned i = 0; i < spatial; ++i) {
    const int64_t size = value.shape[i + 2], stride = strides[i];
    int64_t before = pads[i], after = pads[i + spatial];
    if (mode == "SAME_UPPER" || mode == "SAME_LOWER") {
      const int64_t steps = (size + stride - 1) / stride;
      const int64_t total =
          std::max<int64_t>((steps - 1) * stride + kernel[i] - size, 0);
      before = mode == "SAME_UPPER" ? total / 2 : total - total / 2;
      after = total - before;
    } else if (mode == "VALID") {
      before = after = 0;
    } else if (mode != "NOTSET" && !mode.empty()) {
      return fail("expected auto_pad NOTSET, SAME_UPPER, SAME_LOWER or VALID, "
                  "found '" +
                      mode + "'",
                  Diag::NAS7005);
    }
    const int64_t room = size + before + after - kernel[i];
    if (room < 0)
      return fail("expected an input of at least the kernel's size, found " +
                      describeShape(value.shape) + " and a kernel of " +
                      describeShape(kernel),
                  Diag::NAS7007);
    int64_t steps = room / stride;
    if (ceil && room % stride != 0) {
      const int64_t missing = stride - room % stride;
      // A last window that lies in the padding alone does not count.
      if ((steps + 1) * stride < size + before) {
        if (integer("count_include_pad", 0) != 0 &&
            node->op_type() == "AveragePool")
          return fail("expected ceil_mode 0 where padding counts, found 1; pad "
                      "the input instead",
                      Diag::NAS7005);
        after += missing;
        ++steps;
      }
    }
    result.kernel[i] = kernel[i];
    result.stride[i] = stride;
    result.output[i] = steps + 1;
    if (!value.pads.empty()) {
      before += value.pads[i + 2][0];
      after += value.pads[i + 2][1];
    }
    result.pads[2 * i] = before;
    result.pads[2 * i + 1] = after;
    if (isPool && std::max(before, after) >= kernel[i])
      return fail("expected padding that is less than the window, found " +
                      Twine(std::max(before, after)) + " beside a window of " +
                      Twine(kernel[i]),
                  Diag::NAS7005);
  }
  if (!value.pads.empty())
    for (size_t i = 0; i < 2; ++i)
      if (value.pads[i] != std::array<int64_t, 2>{0, 0})
        return fail("expected a Pad of height and width alone, found one of "
                    "the batch or the channels",
                    Diag::NAS7013);
  return result;
}

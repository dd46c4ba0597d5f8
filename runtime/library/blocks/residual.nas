// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Residual blocks.

import "convolution.nas";

// Two 3×3 convolutions and the input added to their result (He et al., 2016).
// `channels` is the number of channels of x and of the result.
block residual(x, channels: int) {
  let body = x |> conv_bn_relu(channels) |> conv_bn(channels);
  return add(body, x) |> relu;
}

// The same with a stride of 2 and a change of channels; the shortcut is a 1×1
// convolution with that stride.
block residual_downsample(x, filters: int) {
  let body = x |> conv_bn_relu(filters, stride = 2) |> conv_bn(filters);
  let shortcut = x |> conv2d(filters, kernel = 1, stride = 2, padding = same);
  return add(body, shortcut) |> relu;
}

// The block of MobileNetV2 (Sandler et al., 2018): 1×1 to `expansion` times the
// channels, depthwise, 1×1 to `filters`. The input is added where `stride` is 1
// and `filters` is `channels`, the number of channels of x.
block inverted_residual(x, channels: int, filters: int, expansion: int = 4, kernel: int = 3,
                        stride: int = 1) {
  var y = x;
  if expansion > 1 {
    y = y |> conv2d(channels * expansion, kernel = 1, bias = false) |> batch_norm |> relu6;
  }
  y = y |> depthwise_conv2d(kernel, stride, padding = same, bias = false) |> batch_norm |> relu6
        |> conv_bn(filters, kernel = 1);
  if stride == 1 and filters == channels {
    y = add(y, x);
  }
  return y;
}

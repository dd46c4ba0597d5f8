// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Convolutions with what usually stands beside them. All pad like TensorFlow's
// `same`, and have no bias where batch normalisation follows.

// A convolution, batch normalisation, ReLU.
block conv_bn_relu(x, filters: int, kernel: int = 3, stride: int = 1, groups: int = 1) {
  return x |> conv2d(filters, kernel, stride, padding = same, groups = groups, bias = false)
           |> batch_norm |> relu;
}

// A convolution and batch normalisation, as before a sum.
block conv_bn(x, filters: int, kernel: int = 3, stride: int = 1) {
  return x |> conv2d(filters, kernel, stride, padding = same, bias = false) |> batch_norm;
}

// A depthwise convolution, batch normalisation, ReLU.
block depthwise_bn_relu(x, kernel: int = 3, stride: int = 1) {
  return x |> depthwise_conv2d(kernel, stride, padding = same, bias = false)
           |> batch_norm |> relu;
}

// A convolution of each channel and one across the channels, as in MobileNetV1
// (Howard et al., 2017).
block separable_conv(x, filters: int, kernel: int = 3, stride: int = 1) {
  return x |> depthwise_bn_relu(kernel, stride) |> conv_bn_relu(filters, kernel = 1);
}

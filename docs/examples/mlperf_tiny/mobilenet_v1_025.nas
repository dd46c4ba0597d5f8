// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// MobileNetV1 of MLPerf Tiny (visual wake words): a quarter of the channels,
// images of 96×96: 7,489,664 MACs, 208,112 weights.
import "devices/stm32h743zi.nas";
import "blocks/convolution.nas";

space mobilenet_v1_025(image: tensor[96, 96, 3]) -> classes(2) {
  var x = image |> conv_bn_relu(8, stride = 2)
                |> separable_conv(16)
                |> separable_conv(32, stride = 2)
                |> separable_conv(32)
                |> separable_conv(64, stride = 2)
                |> separable_conv(64)
                |> separable_conv(128, stride = 2);
  repeat i in 1..5 {
    x = x |> separable_conv(128);
  }
  return x |> separable_conv(256, stride = 2)
           |> separable_conv(256)
           |> average_pool(3) |> flatten |> dense(units = 2);
}

deploy {
  h743 { precision = int8;    emit = [cost]; }
  host { precision = float32; emit = [object]; }
}

// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// DS-CNN of MLPerf Tiny (keyword spotting, 49 frames of 10 cepstral
// coefficients): 2,656,768 MACs, 22,016 weights.
import "devices/stm32h743zi.nas";
import "blocks/convolution.nas";

space ds_cnn(features: tensor[49, 10, 1]) -> classes(12) {
  var x = features |> conv2d(filters = 64, kernel = [10, 4], stride = 2, padding = same, bias = false)
                   |> batch_norm |> relu;
  repeat i in 1..4 {
    x = x |> separable_conv(filters = 64);
  }
  return x |> average_pool([25, 5]) |> flatten |> dense(units = 12);
}

deploy {
  h743 { precision = int8;    emit = [cost]; }
  host { precision = float32; emit = [object]; }
}

// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// ResNet-8 of MLPerf Tiny (image classification on CIFAR-10): 12,501,632 MACs,
// 77,360 weights. A space without choices is one network.
import "devices/stm32h743zi.nas";
import "blocks/residual.nas";

space resnet8(image: tensor[32, 32, 3]) -> classes(10) {
  return image |> conv_bn_relu(16)
               |> residual(16)
               |> residual_downsample(32)
               |> residual_downsample(64)
               |> global_average_pool |> dense(units = 10);
}

deploy {
  h743 { precision = int8;    emit = [cost]; }
  host { precision = float32; emit = [object]; }
}

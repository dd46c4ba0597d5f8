// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A classifier for 28×28 grey images that fits an STM32 NUCLEO-H743ZI2 board.
import "devices/stm32h743zi.nas";          // brings: device h743 { … }

dataset fashion = idx("/usr/share/datasets/fashion-mnist") {
  validation = 10_000 images;               // held out of the training images
  normalize  = { mean: 0.286, deviation: 0.353 };   // the generated code does it too
  augment    = { shift: 1 pixel };
}

block conv_bn_relu(x, filters: int, kernel: int, stride: int = 1) {
  return x |> conv2d(filters, kernel, stride, padding = same, bias = false) |> batch_norm |> relu;
}

block separable(x, filters: int, kernel: int, stride: int = 1) {
  return x |> depthwise_conv2d(kernel, stride, padding = same, bias = false) |> batch_norm |> relu
           |> conv_bn_relu(filters, kernel = 1);
}

space tiny_cnn(image: fashion.image) -> fashion.label {
  choice stem  in {8, 16, 24, 32};
  choice depth in 2..6;

  var x = conv_bn_relu(image, filters = stem, kernel = 3, stride = 2);
  repeat i in 1..depth {                    // what is rebound inside is carried on
    choice width  in {16, 24, 32, 48, 64, 96};
    choice kernel in {3, 5};
    choice stride in {1, 2};
    choice body   in {separable, conv_bn_relu};
    x = body(x, width, kernel, stride);
  }
  return x |> global_average_pool |> dense(units = 10);
}

limits {
  ram     on h743 <= 6 KiB;
  flash   on h743 <= 48 KiB;
  latency on h743 <= 4 ms;
  forall i in 2..depth: width[i] >= width[i - 1];
  count(i in 1..depth: stride[i] == 2) <= 2;
}

search {
  maximize accuracy;                         // on the validation images
  minimize latency on h743;

  prune;
  evolve { algorithm = nsga2; population = 24; evaluations = 96;
           train = 1 epoch of 10_000 images; optimizer = adam(learning_rate = 1e-2); }
  train  { keep = 3; epochs = 8; batch = 128; optimizer = adam(learning_rate = 1e-2);
           schedule = cosine; }
  seed = 1;                                  // a time limit, where given, only cuts the sequence short
}

deploy {
  h743 { precision = int8;    emit = [object, c]; }
  host { precision = float32; emit = [object]; }
}

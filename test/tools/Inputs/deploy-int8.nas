// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A network of many kinds of layers on little data.
dataset tiny = raw("samples.bin") {
  element = uint8;
  shape = [8, 8, 3];
  index = "index.csv";
  label = "label";
  split = "split";
  classes = ["c0", "c1", "c2", "c3"];
  normalize = { mean: [0.3, 0.4, 0.5], deviation: [0.2, 0.3, 0.25] };
}

space net(image: tiny.image) -> tiny.label {
  choice kernel in {1, 3};
  let a = image |> conv2d(filters = 8, kernel = kernel, bias = false) |> batch_norm |> hard_swish;
  let b = a |> conv2d(filters = 8, kernel = 3, groups = 4) |> relu6;
  let c = multiply(concat(a, b), concat(a, b) |> global_average_pool |> dense(units = 16) |> hard_sigmoid);
  return c |> max_pool(2) |> average_pool(2) |> flatten |> dense(4);
}

search {
  maximize accuracy;
  evolve { population = 2; evaluations = 2; train = 1 epoch; batch = 16; optimizer = adam(learning_rate = 1e-2); }
  train  { keep = 1; epochs = 1; batch = 16; optimizer = adam(learning_rate = 1e-2); }
  seed = 1;
}

deploy {
  host { precision = int8; emit = [object, c]; rounding = double; calibration = 20 images; }
}

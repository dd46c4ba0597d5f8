// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Training settings as choices: the learning rate on a logarithmic scale, the
// batch, the weight decay and the dropout are searched together with the network.

dataset fashion = idx("/usr/share/datasets/fashion-mnist") {
  validation = 10_000 images;
  normalize  = { mean: 0.286, deviation: 0.353 };
}

space perceptron(image: fashion.image) -> fashion.label {
  choice rate    in 1e-4..1e-1 log points 25;
  choice decay   in {0.0, 1e-5, 1e-4, 1e-3};
  choice batch   in {32, 64, 128, 256};
  choice dropped in 0.0..0.5 points 11;

  choice depth in 1..3;
  var x = image |> flatten;
  repeat i in 1..depth {
    choice units in 16..128 step 16;
    x = x |> dense(units) |> relu |> dropout(rate = dropped);
  }
  return x |> dense(units = 10);
}

limits {
  params <= 100_000;
  sum(i in 1..depth: units[i]) <= 192;
}

search {
  maximize accuracy;
  minimize params;
  evolve { population = 16; evaluations = 64; train = 1 epoch of 10_000 images;
           batch = batch; optimizer = adamw(learning_rate = rate, weight_decay = decay); }
  train  { keep = 2; epochs = 10; schedule = step(every = 4, factor = 0.5);
           batch = batch; optimizer = adamw(learning_rate = rate, weight_decay = decay); }
  seed = 1;
}

deploy {
  host { precision = float32; emit = [object]; }
}

// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Keyword spotting for a Cortex-M4: nine spoken words as 49 frames of 10 cepstral
// coefficients, in the layout of MLPerf Tiny.
//
// The data are not part of nasc. Put them, or a link to them, into the folder
// `data` beside this file: one record of 490 signed bytes for each clip, and a
// CSV index with the columns row, word and split (train, validation, test).
import "devices/stm32l4r5zi.nas";
import "blocks/convolution.nas";

dataset speech = raw("data/kws_speech_commands/sc_v001_mfcc49x10_int8.bin") {
  element = int8;
  shape = [49, 10, 1];                      // frames, coefficients, one channel
  index = "data/kws_speech_commands/sc_v001_index.csv";
  label = "word";                           // columns of the index
  split = "split";
  classes = ["down", "eight", "five", "go", "left", "one", "right", "up", "zero"];
  unlisted = ignore;                        // clips of other words
  normalize = { mean: 80.7, deviation: 14.6 };
}

space keywords(features: speech.image) -> speech.label {
  choice frames  in {4, 6, 8, 10};          // the first kernel's height
  choice filters in 16..64 step 8;
  choice depth   in 1..5;

  var x = features |> conv2d(filters, kernel = [frames, 4], stride = 2, padding = same, bias = false)
                   |> batch_norm |> relu;
  repeat i in 1..depth {
    choice width  in 16..64 step 8;
    choice kernel in {3, 5};
    x = x |> separable_conv(filters = width, kernel = kernel);
  }
  return x |> global_average_pool |> dropout(rate = 0.2) |> dense(units = 9);
}

limits {
  ram     on l4r5 <= 16 KiB;
  flash   on l4r5 <= 32 KiB;
  latency on l4r5 <= 60 ms;
  energy  on l4r5 <= 3 mJ;
}

search {
  maximize accuracy;
  minimize energy on l4r5;
  prune;
  evolve { population = 16; evaluations = 64; train = 4 epochs; }
  train  { keep = 2; epochs = 30; batch = 64; optimizer = adam(learning_rate = 1e-3); schedule = cosine; }
  seed = 1;
}

deploy {
  l4r5 { precision = int8;    emit = [cost]; }
  host { precision = float32; emit = [object]; }
}

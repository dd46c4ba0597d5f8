// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Inverted residuals with squeeze and excite, as in MobileNetV3, for CIFAR-10.
//
// The data are not part of nasc: put the folder `cifar-10-batches-bin` of the
// binary version of CIFAR-10 into the folder `data` beside this file.
import "devices/stm32h743zi.nas";
import "blocks/convolution.nas";
import "blocks/squeeze_excite.nas";

dataset photos = cifar("data/cifar-10-batches-bin") {
  train = ["data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"];
  test  = ["test_batch.bin"];
  validation = 5_000 images;
  normalize = { mean: [0.491, 0.482, 0.447], deviation: [0.247, 0.243, 0.262] };
  augment = { shift: 4 pixels, flip: horizontal };
}

// One stage: its first layer changes the size, the others add their input.
// Called three times, so its choices are stage1.kernel to stage3.kernel.
block stage(x, channels: int, filters: int) {
  choice kernel    in {3, 5};
  choice expansion in {2, 3, 4};
  choice attention in {true, false};
  choice layers    in 1..3;

  var y = x |> conv2d(channels * expansion, kernel = 1, bias = false) |> batch_norm |> hard_swish
            |> depthwise_conv2d(kernel, stride = 2, padding = same, bias = false) |> batch_norm |> hard_swish;
  if attention {
    y = squeeze_excite(y, channels * expansion);
  }
  y = y |> conv_bn(filters, kernel = 1);
  repeat i in 2..layers {
    choice skip in {true, false};           // stage1.skip[2]
    if not skip {
      y = add(y, y |> conv2d(filters * expansion, kernel = 1, bias = false) |> batch_norm |> hard_swish
                   |> depthwise_conv2d(kernel, padding = same, bias = false) |> batch_norm |> hard_swish
                   |> conv_bn(filters, kernel = 1));
    }
  }
  return y;
}

space mobile(image: photos.image) -> photos.label {
  choice stem in {8, 16};
  let last = 4 * stem;
  return image |> conv_bn_relu(stem)
               |> stage(stem, 2 * stem)
               |> stage(2 * stem, 3 * stem)
               |> stage(3 * stem, last)
               |> global_average_pool |> dense(units = 10);
}

limits {
  macs <= 8_000_000;
  ram     on h743 <= 64 KiB;
  latency on h743 <= 40 ms;
  // Attention not at the finest stage alone, and large kernels not everywhere.
  stage1.attention implies stage3.attention;
  not (stage1.kernel == 5 and stage2.kernel == 5 and stage3.kernel == 5);
}

search {
  maximize accuracy;
  minimize latency on h743;
  prune;
  evolve { population = 16; evaluations = 48; train = 1 epoch of 10_000 images; }
  train  { keep = 1; epochs = 40; batch = 128; optimizer = sgd(learning_rate = 0.1, momentum = 0.9, weight_decay = 5e-4);
           schedule = cosine; checkpoint = 2 epochs; }
  seed = 1;
}

deploy {
  h743 { precision = int8;    emit = [cost]; }
  host { precision = float32; emit = [object]; }
}

// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Networks like MobileNetV3-Large (Howard et al., 2019) with the choices of
// Once-for-all (Cai et al., 2020): five stages of two to four inverted residuals,
// each with a kernel of 3, 5 or 7 and an expansion of 3, 4 or 6. The widths are
// those of MobileNetV3, without its squeeze and excite.
//
// A stage has 9² + 9³ + 9⁴ = 7,371 forms, and the space 7,371⁵, that is
// 21,758,655,492,572,485,851 architectures, of which about 1 % meet all limits.
//
//   nasc docs/examples/mobilenet_v3_like.nas --emit=pruned
//
// ImageNet is not part of nasc, and no dataset is named: this is about what fits.
import "blocks/convolution.nas";

// A large core of a Pixel 4 (Cortex-A76, 2.84 GHz), float32, by TFLite. The
// constants are fitted to 540 latencies of inverted residuals that nn-Meter
// publishes (Zhang et al., 2021): half of them are met within 6.5 %, all within
// 24 %. Kinds of layers that those lack are taken to cost the same as similar ones.
device pixel4 {
  description = "Pixel 4, one large core, TFLite in float32";
  clock = 2.84 GHz;
  alignment = 64 bytes;

  precision float32 {
    bias_bytes = 4 bytes;
    conv2d           { cycles_per_mac = 0.171; cycles_per_output = 2.2; }
    depthwise_conv2d { cycles_per_mac = 0.359; cycles_per_output = 2.2; }
    dense            { cycles_per_mac = 0.171; cycles_per_output = 2.2; }
    elementwise      { cycles_per_output = 2.2; }
  }
}

// Inverted residuals: 1×1 to `expansion` times the channels, depthwise, 1×1 to
// `filters`. The first has the stride and changes the width, the others add
// their input. Called five times: stage1.depth, stage1.kernel[1], …
block stage(x, channels: int, filters: int, stride: int, activation: operation) {
  choice depth in 2..4;

  var y = x;
  repeat i in 1..depth {
    choice kernel    in {3, 5, 7};
    choice expansion in {3, 4, 6};

    let inputs = if i == 1 then channels else filters;
    let step   = if i == 1 then stride else 1;
    let body = y |> conv2d(inputs * expansion, kernel = 1, bias = false) |> batch_norm |> activation
                 |> depthwise_conv2d(kernel, step, padding = same, bias = false) |> batch_norm |> activation
                 |> conv_bn(filters, kernel = 1);
    if step == 1 and inputs == filters {
      y = add(y, body);
    } else {
      y = body;
    }
  }
  return y;
}

space mobilenet(image: tensor[224, 224, 3]) -> classes(1000) {
  return image |> conv2d(16, kernel = 3, stride = 2, bias = false) |> batch_norm |> hard_swish
               |> stage(channels =  16, filters =  24, stride = 2, activation = relu)
               |> stage(channels =  24, filters =  40, stride = 2, activation = relu)
               |> stage(channels =  40, filters =  80, stride = 2, activation = hard_swish)
               |> stage(channels =  80, filters = 112, stride = 1, activation = hard_swish)
               |> stage(channels = 112, filters = 160, stride = 2, activation = hard_swish)
               |> conv2d(960, kernel = 1, bias = false) |> batch_norm |> hard_swish
               |> global_average_pool |> dense(1280) |> hard_swish |> dense(1000);
}

limits {
  macs   <= 295_000_000;
  params <= 3_950_000;
  ram on pixel4 <= 5 MiB;
}

deploy {
  pixel4 { precision = float32; emit = [cost]; }
}

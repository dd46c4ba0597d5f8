// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Choices that exist only under others. An architecture has its active choices
// only: two that differ in an inactive one are the same architecture.
import "devices/stm32h743zi.nas";
import "blocks/convolution.nas";
import "blocks/squeeze_excite.nas";

block plain(x, filters: int) {
  choice kernel in {3, 5, 7};
  return x |> conv_bn_relu(filters, kernel);
}

block bottleneck(x, filters: int) {
  choice narrow in {4, 8};
  return x |> conv_bn_relu(narrow, kernel = 1)
           |> conv_bn_relu(narrow)
           |> conv_bn_relu(filters, kernel = 1);
}

space conditional(image: tensor[28, 28, 1]) -> classes(10) {
  choice pooled in {true, false};
  choice size   in {2, 4} when pooled;      // no choice where nothing is pooled

  var x = image |> conv_bn_relu(8, stride = 2);
  if pooled {
    x = x |> max_pool(size);
  } else {
    choice stride in {1, 2};                // of this branch alone
    x = x |> conv_bn_relu(16, stride = stride);
  }

  choice depth in 1..3;
  repeat i in 1..depth {
    choice body in {plain, bottleneck};     // plain[2].kernel or bottleneck[2].narrow
    x = body(x, 24);
    choice scale in {0, 2, 4};
    match scale {
      0 => x = x |> identity,
      else => x = x |> squeeze_excite(24, reduction = max(1, scale))
    }
  }

  choice head in {none, hidden};
  let features = x |> global_average_pool;
  return head(features) |> dense(units = 10);
}

block none(x) {
  return x;
}

block hidden(x) {
  choice units in {16, 32};
  return x |> dense(units) |> relu;
}

limits {
  latency on h743 <= 8 ms;
  if depth == 3 {
    count(i in 1..depth: scale[i] == 0) >= 1;
  }
  forall i in 1..depth: body[i] == plain implies plain[i].kernel <= 5;
  (head == hidden) implies hidden.units == 32 or depth >= 2;
  not pooled or size == 2 or depth <= 2;
}

deploy {
  h743 { precision = int8; emit = [cost]; }
}

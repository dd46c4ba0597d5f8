// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The search space of NAS-Bench-201 (Dong and Yang, 2020): 15,625 architectures.
//
// Three stages of five cells with 16, 32 and 64 channels, a residual block with
// stride 2 between them. All 15 cells are copies of one: 4 nodes, each the sum of
// what its incoming edges make of earlier nodes; each of the 6 edges is one of 5
// operations. The choices are drawn outside the block `cell`, so every copy
// shares them.
import "devices/stm32h743zi.nas";

block none(x, filters: int) {
  return x |> zero;
}

block skip_connect(x, filters: int) {
  return x |> identity;
}

// In this space ReLU stands before the convolution.
block conv_1x1(x, filters: int) {
  return x |> relu |> conv2d(filters, kernel = 1, bias = false) |> batch_norm;
}

block conv_3x3(x, filters: int) {
  return x |> relu |> conv2d(filters, kernel = 3, padding = 1, bias = false) |> batch_norm;
}

block average_pool_3x3(x, filters: int) {
  return x |> average_pool(3, stride = 1, padding = 1);
}

// Two convolutions; the shortcut halves the image by averages.
block reduction(x, filters: int) {
  let body = x |> relu |> conv2d(filters, kernel = 3, stride = 2, padding = 1, bias = false) |> batch_norm
               |> relu |> conv2d(filters, kernel = 3, padding = 1, bias = false) |> batch_norm;
  let shortcut = x |> average_pool(2) |> conv2d(filters, kernel = 1, bias = false);
  return add(body, shortcut);
}

space nas_bench_201(image: tensor[32, 32, 3]) -> classes(10) {
  // In the order of the benchmark: |op01~0|+|op02~0|op12~1|+|op03~0|op13~1|op23~2|
  choice op01 in {none, skip_connect, conv_1x1, conv_3x3, average_pool_3x3};
  choice op02 in {none, skip_connect, conv_1x1, conv_3x3, average_pool_3x3};
  choice op12 in {none, skip_connect, conv_1x1, conv_3x3, average_pool_3x3};
  choice op03 in {none, skip_connect, conv_1x1, conv_3x3, average_pool_3x3};
  choice op13 in {none, skip_connect, conv_1x1, conv_3x3, average_pool_3x3};
  choice op23 in {none, skip_connect, conv_1x1, conv_3x3, average_pool_3x3};

  block cell(node0, filters: int) {
    let node1 = op01(node0, filters);
    let node2 = add(op02(node0, filters), op12(node1, filters));
    return add(op03(node0, filters), op13(node1, filters), op23(node2, filters));
  }

  var x = image |> conv2d(filters = 16, kernel = 3, padding = 1, bias = false) |> batch_norm;
  repeat i in 1..5 { x = cell(x, 16); }
  x = reduction(x, 32);
  repeat i in 1..5 { x = cell(x, 32); }
  x = reduction(x, 64);
  repeat i in 1..5 { x = cell(x, 64); }
  return x |> batch_norm |> relu |> global_average_pool |> dense(units = 10);
}

deploy {
  h743 { precision = int8; emit = [cost]; }
}

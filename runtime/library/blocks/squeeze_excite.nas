// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Squeeze and excite (Hu et al., 2018) with the hard sigmoid of MobileNetV3:
// scales each of `channels` channels by a number that two dense layers compute
// from the means of all channels. `channels` is the number of channels of x;
// `reduction` divides it for the layer between, which has at least 4 units.
block squeeze_excite(x, channels: int, reduction: int = 4) {
  let scale = x |> global_average_pool
                |> dense(units = max(4, div(channels, reduction))) |> relu
                |> dense(units = channels) |> hard_sigmoid;
  return multiply(x, scale);
}

// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The autoencoder of MLPerf Tiny (anomaly detection: five frames of 128 mel
// bands, reconstructed): 264,192 MACs, 264,192 weights.
import "devices/stm32h743zi.nas";

block dense_bn_relu(x, units: int) {
  return x |> dense(units) |> batch_norm |> relu;
}

space autoencoder(frames: tensor[640]) -> tensor[640] {
  return frames |> dense_bn_relu(128) |> dense_bn_relu(128)
                |> dense_bn_relu(128) |> dense_bn_relu(128)
                |> dense_bn_relu(8)
                |> dense_bn_relu(128) |> dense_bn_relu(128)
                |> dense_bn_relu(128) |> dense_bn_relu(128)
                |> dense(units = 640);
}

deploy {
  h743 { precision = int8;    emit = [cost]; }
  host { precision = float32; emit = [object]; }
}

// RUN: nas-opt -nas-expand -nas-infer-shapes -nas-derive-costs %s | FileCheck %s

// A measured latency takes the place of the model where the table has the shape.

// CHECK: cost.table @d_int8_dense_latency keys ["input_channels", "output_channels"]
// CHECK-SAME: rows {{\[\[}}4, 8]] values [1000]
// CHECK: %[[MODEL:.*]] = cost.add
// CHECK: cost.lookup @d_int8_dense_latency[%{{.*}}, %{{.*}}] else %{{.*}} : {{.*}} -> <1000 to 23000>
nas.device @d clock 1000000000 {
  nas.cost_model int8 element_bytes 1 {
    nas.layer_cost "dense" cycles_per_mac 500 overhead 7000
    nas.latency_table "dense" keys ["input_channels", "output_channels"] rows [array<i64: 4, 8>] values [1000]
  }
}
nas.space @s(%image: !nas.tensor<4>) -> !nas.tensor<4> {
  %units = nas.choice "units" integers [4, 8] : !cost.int<4 to 8>
  %four = cost.constant 4 : !cost.int<4>
  %0 = nas.dense %image units %units : (!nas.tensor<4>, !cost.int<4 to 8>) -> !nas.tensor<*>
  %1 = nas.dense %0 units %four : (!nas.tensor<*>, !cost.int<4>) -> !nas.tensor<*>
  nas.return %1 : !nas.tensor<*>
}

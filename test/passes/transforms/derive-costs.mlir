// RUN: nas-opt -nas-expand -nas-infer-shapes -nas-derive-costs %s | FileCheck %s

// All numbers below follow by hand from the model: at widths of 4 and of 8,
//   macs     64 · 9 · w + 10 · w
//   weights  9 · w + 10 · w
//   params   9 · w + 2 · w (normalisation) + 10 · w + 10
//   flash    1000 + (9 · w + 8 · w + 100) + 10 + (10 · w + 80 + 50)
//   ram      64 (image) + 64 · w (convolution) + 100 + 20
//   latency  in cycles, 1 ns each: 5 + 576 · w + 2 · 64 · w + (64 + 64 · w + 9 · w),
//            1 + 3 · w + 65 · w, 7 + 2 · 10 · w + (w + 10 + 10 · w)
//   energy   3 · 576 · w + (64 + 73 · w), 65 · w, 4 · 10 · w + (11 · w + 10)

// CHECK-LABEL: cost.function @tiny.costs
// CHECK: %[[WIDTH:.*]] = cost.choice "width" in [4, 8]
// CHECK: cost.metric "macs" = %{{.*}} : <2344 to 4688>
// CHECK: cost.metric "weights" = %{{.*}} : <76 to 152>
// CHECK: cost.metric "params" = %{{.*}} : <94 to 178>
// CHECK: cost.metric "flash" on "d" = %{{.*}} : <1348 to 1456>
// CHECK: cost.metric "ram" on "d" = %[[RAM:.*]] : <440 to 696>
// CHECK: cost.metric "latency" on "d" = %{{.*}} : <3591000 to 7095000>
// CHECK: cost.metric "energy" on "d" = %{{.*}} : <7742 to 15410>
// The memories of the device are limits too.
// CHECK: cost.limit "ram of device d" %{{.*}} metric "ram" on "d" bound 65536 implied
// CHECK: cost.limit "flash of device d" %{{.*}} metric "flash" on "d" bound 65536 implied
// CHECK: %[[OK:.*]] = cost.cmp le %[[RAM]], %{{.*}}
// CHECK: cost.limit "ram on d <= 450 B" %[[OK]] metric "ram" on "d" bound 450
// CHECK: cost.layer "conv2d" kind "conv2d"
// A normalisation and an activation behind a convolution are part of it.
// CHECK: cost.layer "batch_norm" kind "batch_norm"
// CHECK-SAME: !cost.int<0>, !cost.int<0>, !cost.int<8 to 16>, !cost.int<0>, !cost.int<0>, !cost.int<0>, !cost.int<0>
// CHECK: cost.layer "relu"
// CHECK: cost.layer "global_average_pool"
// CHECK: cost.layer "dense"

nas.device @d clock 1000000000 ram 65536 flash 65536 alignment 16 stack 100 static_ram 20 runtime_flash 1000 {
  nas.cost_model int8 element_bytes 1 bias_bytes 8 cycles_per_byte 1000 energy_per_byte 1000 {
    nas.layer_cost "conv2d" cycles_per_mac 1000 cycles_per_output 2000 overhead 5000 energy_per_mac 3000 code 100
    nas.layer_cost "dense" cycles_per_mac 2000 overhead 7000 energy_per_mac 4000 code 50
    nas.layer_cost "pool" cycles_per_output 3000 overhead 1000 code 10
  }
}
nas.space @tiny(%image: !nas.tensor<8x8x1>) -> !nas.tensor<10> {
  %one = cost.constant 1 : !cost.int<1>
  %three = cost.constant 3 : !cost.int<3>
  %ten = cost.constant 10 : !cost.int<10>
  %width = nas.choice "width" integers [4, 8] : !cost.int<4 to 8>
  %0 = nas.conv2d %image filters %width kernel(%three, %three) stride(%one, %one) groups %one padding <same>
      : (!nas.tensor<8x8x1>, !cost.int<4 to 8>, !cost.int<3>, !cost.int<3>, !cost.int<1>, !cost.int<1>, !cost.int<1>) -> !nas.tensor<*>
  %1 = nas.batch_norm %0 epsilon 1.0e-05 : !nas.tensor<*> -> !nas.tensor<*>
  %2 = nas.relu %1 : !nas.tensor<*> -> !nas.tensor<*>
  %3 = nas.global_average_pool %2 : !nas.tensor<*> -> !nas.tensor<*>
  %4 = nas.dense %3 units %ten bias : (!nas.tensor<*>, !cost.int<10>) -> !nas.tensor<*>
  nas.return %4 : !nas.tensor<*>
}
nas.limits @tiny {
  %ram = nas.metric "ram" on @d : !cost.int
  %max = cost.constant 450 : !cost.int<450>
  %ok = cost.cmp le %ram, %max : !cost.int, !cost.int<450> -> !cost.int<0 to 1>
  nas.limit "ram on d <= 450 B" %ok : !cost.int<0 to 1>
}

// A choice that is inactive has an activity, and a layer that only some
// architectures have counts in those alone.
// CHECK-LABEL: cost.function @optional.costs
// CHECK-DAG: %[[DEEP:.*]] = cost.choice "deep" in [0, 1]
// CHECK-DAG: %[[UNITS:.*]] = cost.choice "units" in [4, 8]
// CHECK-DAG: cost.activity "units" = %[[DEEP]]
// CHECK-DAG: %[[MACS:.*]] = cost.mul %[[UNITS]], %{{.*}} : <4 to 8>, <4> -> <16 to 32>
// CHECK-DAG: cost.select %[[DEEP]], %[[MACS]], %{{.*}} : <0 to 1>, <16 to 32>, <0> -> <0 to 32>
nas.space @optional(%image: !nas.tensor<4>) -> !nas.tensor<4> {
  %deep = nas.choice "deep" integers [0, 1] : !cost.int<0 to 1>
  %four = cost.constant 4 : !cost.int<4>
  %0 = nas.if %deep : !cost.int<0 to 1> -> !nas.tensor<*> {
    %units = nas.choice "units" integers [4, 8] : !cost.int<4 to 8>
    %1 = nas.dense %image units %units : (!nas.tensor<4>, !cost.int<4 to 8>) -> !nas.tensor<*>
    nas.yield %1 : !nas.tensor<*>
  } else {
    nas.yield %image : !nas.tensor<4>
  }
  %2 = nas.dense %0 units %four : (!nas.tensor<*>, !cost.int<4>) -> !nas.tensor<*>
  nas.return %2 : !nas.tensor<*>
}

// A space without layers has choices and limits only.
// CHECK-LABEL: cost.function @parameters.costs
// CHECK-NOT: cost.metric
// CHECK: cost.limit "a * b <= 8"
nas.space @parameters() {
  %a = nas.choice "a" integers [1, 2, 4] : !cost.int<1 to 4>
  %b = nas.choice "b" integers [1, 2, 4] : !cost.int<1 to 4>
  nas.return
}
nas.limits @parameters {
  %a = nas.choice_ref "a" : !cost.int<1 to 4>
  %b = nas.choice_ref "b" : !cost.int<1 to 4>
  %eight = cost.constant 8 : !cost.int<8>
  %product = cost.mul %a, %b : !cost.int<1 to 4>, !cost.int<1 to 4> -> !cost.int<1 to 16>
  %ok = cost.cmp le %product, %eight : !cost.int<1 to 16>, !cost.int<8> -> !cost.int<0 to 1>
  nas.limit "a * b <= 8" %ok : !cost.int<0 to 1>
}

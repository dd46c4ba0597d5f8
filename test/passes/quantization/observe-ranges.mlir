// RUN: nas-opt %s -convert-nas-to-tosa=observe-ranges=true | FileCheck %s
// RUN: nas-opt %s -convert-nas-to-tosa="observe-ranges=true observe-first=1 observe-count=2" | FileCheck %s --check-prefix=SOME

// Instead of the scores, the least and the greatest number of the input (after
// its normalisation) and of each layer, in order. The normalisation is still
// folded: nothing stores the convolution's own result, whose numbers are those
// of the folded one.
// CHECK-LABEL: func.func @net(
// CHECK-SAME: tensor<2x2x1xi8> {nasc.unsigned}) -> tensor<8xf32>
// CHECK-SAME: attributes {nasc.observed = ["input", "conv", "norm", "act"]}
// CHECK: %[[X:.*]] = tosa.cast
// CHECK: %[[LOW:.*]] = tosa.reduce_min %{{.*}} {axis = 0 : i32} : (tensor<4xf32>) -> tensor<1xf32>
// CHECK: %[[HIGH:.*]] = tosa.reduce_max %{{.*}} {axis = 0 : i32} : (tensor<4xf32>) -> tensor<1xf32>
// CHECK: %[[Y:.*]] = tosa.conv2d
// CHECK: %[[R:.*]] = tosa.clamp %[[Y]]
// CHECK: %[[FLAT:.*]] = tosa.reshape %[[R]] {new_shape = array<i64: 8>}
// CHECK: %[[LAST_LOW:.*]] = tosa.reduce_min %[[FLAT]]
// CHECK: %[[LAST_HIGH:.*]] = tosa.reduce_max %[[FLAT]]
// CHECK: %[[ALL:.*]] = tosa.concat %[[LOW]], %[[HIGH]], {{.*}}, %[[LAST_LOW]], %[[LAST_HIGH]] {axis = 0 : i32}
// CHECK: return %[[ALL]] : tensor<8xf32>

// Some of them.
// SOME: -> tensor<4xf32> attributes {nasc.observed = ["conv", "norm"]}
// SOME: return {{.*}} : tensor<4xf32>
nas.dataset @data idx sources ["images"]
nas.space @net(%x: !nas.tensor<2x2x1>) -> !nas.tensor<2x2x2> dataset @data {
  %1 = cost.constant 1 : !cost.int<1>
  %2 = cost.constant 2 : !cost.int<2>
  %c = nas.conv2d %x filters %2 kernel(%1, %1) stride(%1, %1) groups %1 padding <explicit 0, 0, 0, 0> name "conv"
      : (!nas.tensor<2x2x1>, !cost.int<2>, !cost.int<1>, !cost.int<1>, !cost.int<1>, !cost.int<1>, !cost.int<1>) -> !nas.tensor<2x2x2>
  %b = nas.batch_norm %c epsilon 1.0 name "norm" : !nas.tensor<2x2x2> -> !nas.tensor<2x2x2>
  %r = nas.relu %b name "act" : !nas.tensor<2x2x2> -> !nas.tensor<2x2x2>
  nas.return %r : !nas.tensor<2x2x2>
}
nas.weights @"conv.weight" = dense<[[[[1.0, 2.0]]]]> : tensor<1x1x1x2xf32>
nas.weights @"norm.scale" = dense<2.0> : tensor<2xf32>
nas.weights @"norm.shift" = dense<1.5> : tensor<2xf32>
nas.weights @"norm.mean" = dense<0.25> : tensor<2xf32>
nas.weights @"norm.variance" = dense<3.0> : tensor<2xf32>

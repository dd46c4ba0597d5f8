// RUN: nas-opt -nas-expand -nas-infer-shapes -nas-specialize %s | FileCheck %s

// TensorFlow's same: what cannot be halved goes to the end. A network without
// choices is specialised as it is.
// CHECK: padding <explicit 0, 1, 0, 1> name "a"
// CHECK: padding <explicit 1, 1, 0, 1> name "b"
// CHECK: padding <explicit 0, 0, 0, 0> name "c"
nas.space @s(%image: !nas.tensor<8x8x1>) -> !nas.tensor<1x1x1> {
  %one = cost.constant 1 : !cost.int<1>
  %two = cost.constant 2 : !cost.int<2>
  %three = cost.constant 3 : !cost.int<3>
  %0 = nas.depthwise_conv2d %image kernel(%three, %three) stride(%two, %two) padding <same> name "a"
      : (!nas.tensor<8x8x1>, !cost.int<3>, !cost.int<3>, !cost.int<2>, !cost.int<2>) -> !nas.tensor<*>
  %1 = nas.depthwise_conv2d %0 kernel(%three, %two) stride(%one, %one) padding <same> name "b"
      : (!nas.tensor<*>, !cost.int<3>, !cost.int<2>, !cost.int<1>, !cost.int<1>) -> !nas.tensor<*>
  %2 = nas.max_pool %1 size(%three, %three) stride(%two, %two) padding <valid> name "c"
      : (!nas.tensor<*>, !cost.int<3>, !cost.int<3>, !cost.int<2>, !cost.int<2>) -> !nas.tensor<*>
  nas.return %2 : !nas.tensor<*>
}

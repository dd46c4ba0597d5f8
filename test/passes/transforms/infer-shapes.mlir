// RUN: nas-opt -nas-expand -nas-infer-shapes %s | FileCheck %s

// A size that differs among architectures is an expression.
// CHECK-LABEL: nas.space @open
nas.space @open(%image: !nas.tensor<28x28x1>) -> !nas.tensor<10> {
  // CHECK-DAG: %[[STRIDE:.*]] = nas.choice "stride"
  // CHECK-DAG: %[[WIDTH:.*]] = nas.choice "width"
  // CHECK-DAG: %[[C28:.*]] = cost.constant 28
  // CHECK-DAG: %[[SIZE:.*]] = cost.ceildiv %[[C28]], %[[STRIDE]]
  // CHECK: %[[CONV:.*]] = nas.conv2d {{.*}} -> !nas.tensor<?x?x?>
  // CHECK-NEXT: nas.shape %[[CONV]](%[[SIZE]], %[[SIZE]], %[[WIDTH]])
  // CHECK: %[[POOL:.*]] = nas.global_average_pool %{{.*}} : <?x?x?> -> <?>
  // CHECK-NEXT: nas.shape %[[POOL]](%[[WIDTH]])
  // CHECK: nas.dense {{.*}} -> !nas.tensor<10>
  // CHECK-NOT: nas.require_shape
  %one = cost.constant 1 : !cost.int<1>
  %three = cost.constant 3 : !cost.int<3>
  %ten = cost.constant 10 : !cost.int<10>
  %stride = nas.choice "stride" integers [1, 2] : !cost.int<1 to 2>
  %width = nas.choice "width" integers [8, 16] : !cost.int<8 to 16>
  %0 = nas.conv2d %image filters %width kernel(%three, %three) stride(%stride, %stride) groups %one padding <same>
      : (!nas.tensor<28x28x1>, !cost.int<8 to 16>, !cost.int<3>, !cost.int<3>, !cost.int<1 to 2>, !cost.int<1 to 2>, !cost.int<1>) -> !nas.tensor<*>
  %1 = nas.global_average_pool %0 : !nas.tensor<*> -> !nas.tensor<*>
  %2 = nas.dense %1 units %ten : (!nas.tensor<*>, !cost.int<10>) -> !nas.tensor<*>
  nas.return %2 : !nas.tensor<*>
}

// Windows: same, valid, explicit; TensorFlow's same at stride 2 is asymmetric,
// which a specialised network spells out.
// CHECK-LABEL: nas.space @windows
nas.space @windows(%image: !nas.tensor<9x10x4>) -> !nas.tensor<4x4x4> {
  // CHECK: nas.max_pool {{.*}} -> !nas.tensor<5x5x4>
  // CHECK: nas.average_pool {{.*}} -> !nas.tensor<4x4x4>
  // CHECK: nas.depthwise_conv2d {{.*}} -> !nas.tensor<4x4x4>
  %one = cost.constant 1 : !cost.int<1>
  %two = cost.constant 2 : !cost.int<2>
  %three = cost.constant 3 : !cost.int<3>
  %0 = nas.max_pool %image size(%two, %two) stride(%two, %two) padding <same>
      : (!nas.tensor<9x10x4>, !cost.int<2>, !cost.int<2>, !cost.int<2>, !cost.int<2>) -> !nas.tensor<*>
  %1 = nas.average_pool %0 size(%two, %two) stride(%one, %one) padding <valid>
      : (!nas.tensor<*>, !cost.int<2>, !cost.int<2>, !cost.int<1>, !cost.int<1>) -> !nas.tensor<*>
  %2 = nas.depthwise_conv2d %1 kernel(%three, %three) stride(%one, %one) padding <explicit 1, 1, 0, 2>
      : (!nas.tensor<*>, !cost.int<3>, !cost.int<3>, !cost.int<1>, !cost.int<1>) -> !nas.tensor<*>
  nas.return %2 : !nas.tensor<*>
}

// Concatenation adds channels; flatten multiplies; the alternatives of a part
// agree in what they yield or have it selected.
// CHECK-LABEL: nas.space @joins
nas.space @joins(%image: !nas.tensor<2x2x4>) -> !nas.tensor<64> {
  // CHECK: nas.concat {{.*}} -> !nas.tensor<2x2x8>
  // CHECK: nas.if {{.*}} -> !nas.tensor<2x2x?>
  // CHECK: nas.flatten {{.*}} -> <?>
  %c = nas.choice "c" integers [0, 1] : !cost.int<0 to 1>
  %0 = nas.concat %image, %image : (!nas.tensor<2x2x4>, !nas.tensor<2x2x4>) -> !nas.tensor<*>
  %1 = nas.if %c : !cost.int<0 to 1> -> !nas.tensor<*> {
    %2 = nas.concat %0, %0 : (!nas.tensor<*>, !nas.tensor<*>) -> !nas.tensor<*>
    nas.yield %2 : !nas.tensor<*>
  } else {
    nas.yield %0 : !nas.tensor<*>
  }
  %3 = nas.flatten %1 : !nas.tensor<*> -> !nas.tensor<*>
  %units = cost.constant 64 : !cost.int<64>
  %4 = nas.dense %3 units %units : (!nas.tensor<*>, !cost.int<64>) -> !nas.tensor<*>
  nas.return %4 : !nas.tensor<*>
}

// What only some architectures meet is left to the shape check.
// CHECK-LABEL: nas.space @requirement
nas.space @requirement(%image: !nas.tensor<4>) -> !nas.tensor<4> {
  // CHECK-DAG: %[[WIDTH:.*]] = nas.choice "width"
  // CHECK-DAG: %[[EQUAL:.*]] = cost.cmp eq %{{.*}}, %{{.*}} : {{.*}} -> <0 to 1>
  // CHECK: nas.require_shape %{{.*}} "add: expected tensors of one shape, found {} and {}"(%{{.*}}, %{{.*}}) layer "add" code "NAS2004"
  %width = nas.choice "width" integers [4, 8] : !cost.int<4 to 8>
  %four = cost.constant 4 : !cost.int<4>
  %0 = nas.dense %image units %width : (!nas.tensor<4>, !cost.int<4 to 8>) -> !nas.tensor<*>
  %1 = nas.add %0, %image : (!nas.tensor<*>, !nas.tensor<4>) -> !nas.tensor<*>
  %2 = nas.dense %1 units %four : (!nas.tensor<*>, !cost.int<4>) -> !nas.tensor<*>
  nas.return %2 : !nas.tensor<*>
}

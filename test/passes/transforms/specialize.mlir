// RUN: nas-opt -nas-expand -nas-infer-shapes -nas-specialize="architecture=depth=2,width[1]=8,stage[1].kernel=3,width[2]=16,stage[2].kernel=5" %s | FileCheck %s
// RUN: nas-opt -nas-expand -nas-infer-shapes -nas-specialize="architecture=depth=1,width[1]=16,stage[1].kernel=5" %s | FileCheck %s --check-prefix=SHALLOW

// CHECK-LABEL: nas.space @tiny
// CHECK-NOT: nas.choice
// CHECK: nas.conv2d {{.*}} padding <explicit 1, 1, 1, 1> name "stage[1].conv2d" {{.*}} -> !nas.tensor<28x28x8>
// CHECK-NEXT: nas.relu {{.*}} <28x28x8>
// CHECK-NEXT: nas.conv2d {{.*}} padding <explicit 2, 2, 2, 2> name "stage[2].conv2d" {{.*}} -> !nas.tensor<28x28x16>
// CHECK-NOT: nas.if
// CHECK: nas.dense {{.*}} : (!nas.tensor<16>, !cost.int<10>) -> !nas.tensor<10>
// CHECK-NOT: nas.shape

// SHALLOW-LABEL: nas.space @tiny
// SHALLOW: name "stage[1].conv2d" {{.*}} -> !nas.tensor<28x28x16>
// SHALLOW-NOT: stage[2]
// SHALLOW: nas.dense {{.*}} : (!nas.tensor<16>
nas.block @stage(%x: !nas.tensor<*>, %filters: !cost.int) {
  %kernel = nas.choice "kernel" integers [3, 5] : !cost.int<3 to 5>
  %one = cost.constant 1 : !cost.int<1>
  %0 = nas.conv2d %x filters %filters kernel(%kernel, %kernel) stride(%one, %one) groups %one padding <same>
      : (!nas.tensor<*>, !cost.int, !cost.int<3 to 5>, !cost.int<3 to 5>, !cost.int<1>, !cost.int<1>, !cost.int<1>) -> !nas.tensor<*>
  %1 = nas.relu %0 : !nas.tensor<*> -> !nas.tensor<*>
  nas.return %1 : !nas.tensor<*>
}
nas.space @tiny(%image: !nas.tensor<28x28x1>) -> !nas.tensor<10> {
  %one = cost.constant 1 : !cost.int<1>
  %ten = cost.constant 10 : !cost.int<10>
  %depth = nas.choice "depth" integers [1, 2] : !cost.int<1 to 2>
  %y = nas.repeat %i = %one to %depth carry(%c = %image) : (!cost.int<1>, !cost.int<1 to 2>, !nas.tensor<28x28x1>) -> !nas.tensor<*> {
    %width = nas.choice "width" integers [8, 16] : !cost.int<8 to 16>
    %0 = nas.call @stage(%c, %width) place "stage" : (!nas.tensor<28x28x1>, !cost.int<8 to 16>) -> !nas.tensor<*>
    nas.yield %0 : !nas.tensor<*>
  }
  %p = nas.global_average_pool %y : !nas.tensor<*> -> !nas.tensor<*>
  %d = nas.dense %p units %ten bias : (!nas.tensor<*>, !cost.int<10>) -> !nas.tensor<*>
  nas.return %d : !nas.tensor<*>
}

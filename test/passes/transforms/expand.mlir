// RUN: nas-opt -nas-expand %s | FileCheck %s

// Calls are inlined, rounds unrolled, choices named by their place; the second
// round exists where depth is 2 alone.

// CHECK-LABEL: nas.space @tiny
// CHECK-SAME: (%[[IMAGE:.*]]: !nas.tensor<28x28x1>)
// CHECK-DAG: %[[ONE:.*]] = cost.constant 1 :
// CHECK-DAG: %[[TWO:.*]] = cost.constant 2 :
// CHECK-DAG: %[[DEPTH:.*]] = nas.choice "depth" integers [1, 2]
// CHECK-DAG: %[[WIDTH1:.*]] = nas.choice "width[1]" integers [8, 16] : !cost.int<8 to 16>
// CHECK-DAG: %[[KERNEL1:.*]] = nas.choice "stage[1].kernel" integers [3, 5] : !cost.int<3 to 5>
// CHECK-DAG: %[[DEEP:.*]] = cost.cmp le %[[TWO]], %[[DEPTH]]
// CHECK-DAG: %[[WIDTH2:.*]] = nas.choice "width[2]" integers [8, 16] when %[[DEEP]]
// CHECK-DAG: %[[KERNEL2:.*]] = nas.choice "stage[2].kernel" integers [3, 5] when %[[DEEP]]
// CHECK: %[[CONV1:.*]] = nas.conv2d %[[IMAGE]] filters %[[WIDTH1]] kernel(%[[KERNEL1]], %[[KERNEL1]]) {{.*}} name "stage[1].conv2d"
// CHECK: %[[RELU1:.*]] = nas.relu %[[CONV1]] name "stage[1].relu"
// CHECK: %[[LAST:.*]] = nas.if %[[DEEP]]
// CHECK:   %[[CONV2:.*]] = nas.conv2d %[[RELU1]] filters %[[WIDTH2]] kernel(%[[KERNEL2]], %[[KERNEL2]]) {{.*}} name "stage[2].conv2d"
// CHECK:   %[[RELU2:.*]] = nas.relu %[[CONV2]] name "stage[2].relu"
// CHECK:   nas.yield %[[RELU2]]
// CHECK: } else {
// CHECK:   nas.yield %[[RELU1]]
// CHECK: }
// CHECK: nas.global_average_pool %[[LAST]]
// CHECK-NOT: nas.block
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

// A choice outside a block is shared by all calls: it is read by its name.
// CHECK-LABEL: nas.space @shared
nas.block @copy(%x: !nas.tensor<*>) {
  %width = nas.choice_ref "width" : !cost.int<8 to 16>
  %0 = nas.dense %x units %width : (!nas.tensor<*>, !cost.int<8 to 16>) -> !nas.tensor<*>
  nas.return %0 : !nas.tensor<*>
}
nas.space @shared(%image: !nas.tensor<4>) -> !nas.tensor<8> {
  // CHECK: %[[WIDTH:.*]] = nas.choice "width"
  // CHECK-NOT: nas.choice
  // CHECK: nas.dense %{{.*}} units %[[WIDTH]] name "first.dense"
  // CHECK: nas.dense %{{.*}} units %[[WIDTH]] name "second.dense"
  %width = nas.choice "width" integers [8, 16] : !cost.int<8 to 16>
  %0 = nas.call @copy(%image) place "first" : (!nas.tensor<4>) -> !nas.tensor<*>
  %1 = nas.call @copy(%0) place "second" : (!nas.tensor<*>) -> !nas.tensor<*>
  nas.return %1 : !nas.tensor<*>
}

// Alternatives make the choices inside them conditional; a number that differs
// between them is selected.
// CHECK-LABEL: nas.space @conditional
nas.space @conditional(%image: !nas.tensor<4>) -> !nas.tensor<8> {
  // CHECK-DAG: %[[KIND:.*]] = nas.choice "kind" labels ["wide", "plain"]
  // CHECK-DAG: %[[WIDE:.*]] = cost.cmp eq %[[KIND]]
  // CHECK-DAG: %[[WIDTH:.*]] = nas.choice "width" integers [16, 32] when %[[WIDE]]
  // CHECK-DAG: %[[UNITS:.*]] = cost.select %[[WIDE]], %[[WIDTH]], %{{.*}}
  // CHECK: nas.dense %{{.*}} units %[[UNITS]]
  %kind = nas.choice "kind" labels ["wide", "plain"] : !cost.int<0 to 1>
  %units = nas.switch %kind : !cost.int<0 to 1> -> !cost.int<8 to 32> {
    %width = nas.choice "width" integers [16, 32] : !cost.int<16 to 32>
    nas.yield %width : !cost.int<16 to 32>
  }, {
    %eight = cost.constant 8 : !cost.int<8>
    nas.yield %eight : !cost.int<8>
  }
  %0 = nas.dense %image units %units : (!nas.tensor<4>, !cost.int<8 to 32>) -> !nas.tensor<*>
  nas.return %0 : !nas.tensor<*>
}

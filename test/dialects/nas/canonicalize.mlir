// RUN: nas-opt -canonicalize %s | FileCheck %s

// A part whose condition is known is in place of the alternatives.
// CHECK-LABEL: nas.space @if
// CHECK-SAME: (%[[IMAGE:.*]]: !nas.tensor<8>)
nas.space @if(%image: !nas.tensor<8>) -> !nas.tensor<8> {
  // CHECK-NEXT: %[[RELU:.*]] = nas.relu %[[IMAGE]]
  // CHECK-NEXT: nas.return %[[RELU]]
  %one = cost.constant 1 : !cost.int<1>
  %0 = nas.if %one : !cost.int<1> -> !nas.tensor<8> {
    %1 = nas.relu %image : !nas.tensor<8> -> !nas.tensor<8>
    nas.yield %1 : !nas.tensor<8>
  } else {
    nas.yield %image : !nas.tensor<8>
  }
  nas.return %0 : !nas.tensor<8>
}

// CHECK-LABEL: nas.space @else
// CHECK-SAME: (%[[IMAGE:.*]]: !nas.tensor<8>)
nas.space @else(%image: !nas.tensor<8>) -> !nas.tensor<8> {
  // CHECK-NEXT: nas.return %[[IMAGE]]
  %zero = cost.constant 0 : !cost.int<0>
  %0 = nas.if %zero : !cost.int<0> -> !nas.tensor<8> {
    %1 = nas.relu %image : !nas.tensor<8> -> !nas.tensor<8>
    nas.yield %1 : !nas.tensor<8>
  } else {
    nas.yield %image : !nas.tensor<8>
  }
  nas.return %0 : !nas.tensor<8>
}

// CHECK-LABEL: nas.space @switch
nas.space @switch(%image: !nas.tensor<8>) -> !nas.tensor<8> {
  // CHECK-NOT: nas.switch
  // CHECK: nas.sigmoid
  // CHECK-NOT: nas.relu
  %one = cost.constant 1 : !cost.int<1>
  %0 = nas.switch %one : !cost.int<1> -> !nas.tensor<8> {
    %1 = nas.relu %image : !nas.tensor<8> -> !nas.tensor<8>
    nas.yield %1 : !nas.tensor<8>
  }, {
    %1 = nas.sigmoid %image : !nas.tensor<8> -> !nas.tensor<8>
    nas.yield %1 : !nas.tensor<8>
  }
  nas.return %0 : !nas.tensor<8>
}

// A condition that a choice decides stays.
// CHECK-LABEL: nas.space @open
nas.space @open(%image: !nas.tensor<8>) -> !nas.tensor<8> {
  %c = nas.choice "c" integers [0, 1] : !cost.int<0 to 1>
  // CHECK: nas.if
  %0 = nas.if %c : !cost.int<0 to 1> -> !nas.tensor<8> {
    %1 = nas.relu %image : !nas.tensor<8> -> !nas.tensor<8>
    nas.yield %1 : !nas.tensor<8>
  } else {
    nas.yield %image : !nas.tensor<8>
  }
  nas.return %0 : !nas.tensor<8>
}

// Sizes that are known move into the type.
// CHECK-LABEL: nas.space @shape
nas.space @shape(%image: !nas.tensor<8>) -> !nas.tensor<8> {
  // CHECK: nas.relu %{{.*}} : <8> -> <8>
  // CHECK-NOT: nas.shape
  %eight = cost.constant 8 : !cost.int<8>
  %0 = nas.relu %image : !nas.tensor<8> -> !nas.tensor<?>
  nas.shape %0(%eight) : !nas.tensor<?>, !cost.int<8>
  %1 = nas.relu %0 : !nas.tensor<?> -> !nas.tensor<8>
  nas.return %1 : !nas.tensor<8>
}

// Layers that nothing uses disappear, choices too.
// CHECK-LABEL: nas.space @unused
nas.space @unused(%image: !nas.tensor<8>) -> !nas.tensor<8> {
  // CHECK-NEXT: nas.return
  %0 = nas.relu %image : !nas.tensor<8> -> !nas.tensor<8>
  nas.return %image : !nas.tensor<8>
}

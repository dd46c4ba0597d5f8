// RUN: nas-opt %s -pass-pipeline='builtin.module(func.func(math-expand-functions))' | FileCheck %s

// CHECK-LABEL: func.func @bounds(
// CHECK-SAME: %[[X:.*]]: vector<8xf32>)
// CHECK-DAG: %[[LOW:.*]] = arith.constant dense<0.000000e+00>
// CHECK-DAG: %[[HIGH:.*]] = arith.constant dense<6.000000e+00>
// CHECK: %[[A:.*]] = arith.cmpf ogt, %[[LOW]], %[[X]]
// CHECK: %[[M:.*]] = arith.select %[[A]], %[[LOW]], %[[X]]
// CHECK: %[[B:.*]] = arith.cmpf olt, %[[HIGH]], %[[M]]
// CHECK: arith.select %[[B]], %[[HIGH]], %[[M]]
func.func @bounds(%x: vector<8xf32>) -> vector<8xf32> {
  %low = arith.constant dense<0.0> : vector<8xf32>
  %high = arith.constant dense<6.0> : vector<8xf32>
  %0 = arith.maximumf %x, %low : vector<8xf32>
  %1 = arith.minimumf %0, %high : vector<8xf32>
  return %1 : vector<8xf32>
}

// Between two values that are not known the exact operation stays.
// CHECK-LABEL: func.func @unknown(
// CHECK: arith.maximumf
func.func @unknown(%x: f32, %y: f32) -> f32 {
  %0 = arith.maximumf %x, %y : f32
  return %0 : f32
}

// CHECK-LABEL: func.func @exp(
// CHECK-NOT: math.exp
func.func @exp(%x: vector<16xf32>) -> vector<16xf32> {
  %0 = math.exp %x : vector<16xf32>
  return %0 : vector<16xf32>
}

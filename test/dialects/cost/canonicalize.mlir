// RUN: nas-opt -canonicalize %s | FileCheck %s

// CHECK-LABEL: @constants
func.func @constants() -> (!cost.int<7>, !cost.int<-3>, !cost.int<10>, !cost.int<2>, !cost.int<3>, !cost.int<1>, !cost.int<2>, !cost.int<5>) {
  %two = cost.constant 2 : !cost.int<2>
  %five = cost.constant 5 : !cost.int<5>
  // CHECK-DAG: cost.constant 7
  %sum = cost.add %two, %five : !cost.int<2>, !cost.int<5> -> !cost.int<7>
  // CHECK-DAG: cost.constant -3
  %difference = cost.sub %two, %five : !cost.int<2>, !cost.int<5> -> !cost.int<-3>
  // CHECK-DAG: cost.constant 10
  %product = cost.mul %two, %five : !cost.int<2>, !cost.int<5> -> !cost.int<10>
  // CHECK-DAG: cost.constant 2
  %down = cost.floordiv %five, %two : !cost.int<5>, !cost.int<2> -> !cost.int<2>
  // CHECK-DAG: cost.constant 3
  %up = cost.ceildiv %five, %two : !cost.int<5>, !cost.int<2> -> !cost.int<3>
  // CHECK-DAG: cost.constant 1
  %rest = cost.mod %five, %two : !cost.int<5>, !cost.int<2> -> !cost.int<1>
  %least = cost.min %five, %two : !cost.int<5>, !cost.int<2> -> !cost.int<2>
  // CHECK-DAG: cost.constant 5
  %most = cost.max %five, %two : !cost.int<5>, !cost.int<2> -> !cost.int<5>
  // CHECK-NOT: cost.{{add|sub|mul|floordiv|ceildiv|mod|min|max}}
  return %sum, %difference, %product, %down, %up, %rest, %least, %most
    : !cost.int<7>, !cost.int<-3>, !cost.int<10>, !cost.int<2>, !cost.int<3>, !cost.int<1>, !cost.int<2>, !cost.int<5>
}

// CHECK-LABEL: @neutral
// CHECK-SAME: (%[[X:.*]]: !cost.int<1 to 9>)
func.func @neutral(%x: !cost.int<1 to 9>) -> (!cost.int<1 to 9>, !cost.int<1 to 9>, !cost.int<1 to 9>, !cost.int<1 to 9>, !cost.int<1 to 9>) {
  %zero = cost.constant 0 : !cost.int<0>
  %one = cost.constant 1 : !cost.int<1>
  %a = cost.add %x, %zero : !cost.int<1 to 9>, !cost.int<0> -> !cost.int<1 to 9>
  %b = cost.sub %x, %zero : !cost.int<1 to 9>, !cost.int<0> -> !cost.int<1 to 9>
  %c = cost.mul %x, %one : !cost.int<1 to 9>, !cost.int<1> -> !cost.int<1 to 9>
  %d = cost.floordiv %x, %one : !cost.int<1 to 9>, !cost.int<1> -> !cost.int<1 to 9>
  %e = cost.ceildiv %x, %one : !cost.int<1 to 9>, !cost.int<1> -> !cost.int<1 to 9>
  // CHECK-NEXT: return %[[X]], %[[X]], %[[X]], %[[X]], %[[X]]
  return %a, %b, %c, %d, %e : !cost.int<1 to 9>, !cost.int<1 to 9>, !cost.int<1 to 9>, !cost.int<1 to 9>, !cost.int<1 to 9>
}

// CHECK-LABEL: cost.function @same
cost.function @same {
  // CHECK-DAG: %[[X:.*]] = cost.choice "x"
  // CHECK-DAG: %[[ZERO:.*]] = cost.constant 0
  // CHECK-DAG: %[[ONE:.*]] = cost.constant 1
  %x = cost.choice "x" in [1, 9] : !cost.int<1 to 9>
  %a = cost.sub %x, %x : !cost.int<1 to 9>, !cost.int<1 to 9> -> !cost.int<-8 to 8>
  %b = cost.min %x, %x : !cost.int<1 to 9>, !cost.int<1 to 9> -> !cost.int<1 to 9>
  %c = cost.cmp le %x, %x : !cost.int<1 to 9>, !cost.int<1 to 9> -> !cost.int<1>
  // CHECK: cost.metric "difference" = %[[ZERO]]
  cost.metric "difference" = %a : !cost.int<-8 to 8>
  // CHECK-NEXT: cost.metric "minimum" = %[[X]]
  cost.metric "minimum" = %b : !cost.int<1 to 9>
  // CHECK-NEXT: cost.metric "comparison" = %[[ONE]]
  cost.metric "comparison" = %c : !cost.int<1>
}

// Ranges decide comparisons, minima and maxima.
// CHECK-LABEL: @ranges
// CHECK-SAME: (%[[LOW:.*]]: !cost.int<1 to 4>, %[[HIGH:.*]]: !cost.int<5 to 9>)
func.func @ranges(%low: !cost.int<1 to 4>, %high: !cost.int<5 to 9>) -> (!cost.int<1>, !cost.int<1 to 4>, !cost.int<5 to 9>) {
  // CHECK: %[[ONE:.*]] = cost.constant 1
  %a = cost.cmp lt %low, %high : !cost.int<1 to 4>, !cost.int<5 to 9> -> !cost.int<1>
  %b = cost.min %low, %high : !cost.int<1 to 4>, !cost.int<5 to 9> -> !cost.int<1 to 4>
  %c = cost.max %low, %high : !cost.int<1 to 4>, !cost.int<5 to 9> -> !cost.int<5 to 9>
  // CHECK-NEXT: return %[[ONE]], %[[LOW]], %[[HIGH]]
  return %a, %b, %c : !cost.int<1>, !cost.int<1 to 4>, !cost.int<5 to 9>
}

// CHECK-LABEL: @selection
// CHECK-SAME: (%[[C:.*]]: !cost.int<0 to 1>, %[[X:.*]]: !cost.int<1 to 9>)
func.func @selection(%c: !cost.int<0 to 1>, %x: !cost.int<1 to 9>) -> (!cost.int<1 to 9>, !cost.int<1 to 9>, !cost.int<0 to 1>) {
  %zero = cost.constant 0 : !cost.int<0>
  %one = cost.constant 1 : !cost.int<1>
  %a = cost.select %c, %x, %x : !cost.int<0 to 1>, !cost.int<1 to 9>, !cost.int<1 to 9> -> !cost.int<1 to 9>
  %b = cost.select %one, %x, %zero : !cost.int<1>, !cost.int<1 to 9>, !cost.int<0> -> !cost.int<1 to 9>
  %d = cost.select %c, %one, %zero : !cost.int<0 to 1>, !cost.int<1>, !cost.int<0> -> !cost.int<0 to 1>
  // CHECK-NEXT: return %[[X]], %[[X]], %[[C]]
  return %a, %b, %d : !cost.int<1 to 9>, !cost.int<1 to 9>, !cost.int<0 to 1>
}

// The negation of a negation.
// CHECK-LABEL: @negation
// CHECK-SAME: (%[[C:.*]]: !cost.int<0 to 1>)
func.func @negation(%c: !cost.int<0 to 1>) -> !cost.int<0 to 1> {
  %one = cost.constant 1 : !cost.int<1>
  %not = cost.sub %one, %c : !cost.int<1>, !cost.int<0 to 1> -> !cost.int<0 to 1>
  %again = cost.sub %one, %not : !cost.int<1>, !cost.int<0 to 1> -> !cost.int<0 to 1>
  // CHECK-NEXT: return %[[C]]
  return %again : !cost.int<0 to 1>
}

// What leaves 64 bits is not folded.
// CHECK-LABEL: @overflow
func.func @overflow() -> !cost.int {
  %large = cost.constant 9223372036854775807 : !cost.int<9223372036854775807>
  // CHECK: cost.mul
  %square = cost.mul %large, %large : !cost.int<9223372036854775807>, !cost.int<9223372036854775807> -> !cost.int
  return %square : !cost.int
}

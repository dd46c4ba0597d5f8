// RUN: nas-opt --convert-cost-to-arith %s | FileCheck %s
// RUN: nas-opt --convert-cost-to-arith=lanes=1 %s | FileCheck %s --check-prefix=SCALAR
// RUN: nas-opt --convert-cost-to-arith %s | nas-opt | FileCheck %s

// Positions come in as bytes, a row for each choice; results go out as 64-bit
// integers, a row for each metric and limit, and one for "all limits hold".

// CHECK-LABEL: func.func @sums(
// CHECK-SAME:    %[[CHOICES:.*]]: memref<2x?xi8>, %[[OUTPUTS:.*]]: memref<3x?xi64>)
// CHECK:         %[[COUNT:.*]] = memref.dim %[[OUTPUTS]]
// CHECK:         scf.for %[[I:.*]] = %{{.*}} to %[[COUNT]] step %c8
// CHECK:           %[[A:.*]] = vector.load %[[CHOICES]][%{{.*}}, %[[I]]] : memref<2x?xi8>, vector<8xi8>
// CHECK:           arith.extui %[[A]] : vector<8xi8> to vector<8xi64>
// CHECK:           %[[B:.*]] = vector.load %[[CHOICES]]
// CHECK:           %[[SUM:.*]] = arith.addi {{.*}} : vector<8xi64>
// CHECK:           %[[HOLDS:.*]] = arith.cmpi sle, %[[SUM]]
// CHECK:           vector.store %[[SUM]], %[[OUTPUTS]][%{{.*}}, %[[I]]]
// CHECK:           arith.extui %[[HOLDS]] : vector<8xi1> to vector<8xi64>
// CHECK-COUNT-2:   vector.store

// SCALAR-LABEL: func.func @sums(
// SCALAR:         step %c1
// SCALAR:         memref.load
// SCALAR:         arith.addi {{.*}} : i64
// SCALAR-COUNT-3: memref.store
cost.function @sums {
  %a = cost.choice "a" in [8, 16, 24] : !cost.int<8 to 24>
  %b = cost.choice "b" in [1, 5, 7] : !cost.int<1 to 7>
  %s = cost.add %a, %b : !cost.int<8 to 24>, !cost.int<1 to 7> -> !cost.int<9 to 31>
  %c = cost.constant 20 : !cost.int<20>
  %h = cost.cmp le %s, %c : !cost.int<9 to 31>, !cost.int<20> -> !cost.int<0 to 1>
  cost.metric "sum" = %s : !cost.int<9 to 31>
  cost.limit "sum <= 20" %h : !cost.int<0 to 1>
}

// A division by a power of two is a shift, another one is exact in doubles.

// CHECK-LABEL: func.func @divisions(
// CHECK:         arith.shrui
// CHECK:         arith.divf {{.*}} : vector<8xf64>
// CHECK:         math.floor
// CHECK-NOT:     arith.divui
// SCALAR-LABEL: func.func @divisions(
// SCALAR:         arith.shrui
// SCALAR:         arith.divui
cost.function @divisions {
  %a = cost.choice "a" in [10, 100, 1000] : !cost.int<10 to 1000>
  %four = cost.constant 4 : !cost.int<4>
  %three = cost.constant 3 : !cost.int<3>
  %q = cost.ceildiv %a, %four : !cost.int<10 to 1000>, !cost.int<4> -> !cost.int<3 to 250>
  %r = cost.floordiv %a, %three : !cost.int<10 to 1000>, !cost.int<3> -> !cost.int<3 to 333>
  cost.metric "q" = %q : !cost.int<3 to 250>
  cost.metric "r" = %r : !cost.int<3 to 333>
}

// A lookup finds its row by the positions of the keys, in constant arrays.

// CHECK:         memref.global "private" constant @lookup_table
// CHECK-LABEL: func.func @lookup(
// CHECK:         vector.gather
// CHECK-NOT:   cost.
cost.table @measured keys ["channels"] rows [[8], [16]] values [100, 250]
cost.function @lookup {
  %a = cost.choice "a" in [8, 16, 24] : !cost.int<8 to 24>
  %z = cost.constant 0 : !cost.int<0>
  %l = cost.lookup @measured[%a] else %z : (!cost.int<8 to 24>), !cost.int<0> -> !cost.int<0 to 250>
  cost.metric "latency" on "h743" = %l : !cost.int<0 to 250>
}

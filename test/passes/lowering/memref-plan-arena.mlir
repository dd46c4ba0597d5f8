// RUN: nas-opt %s -pass-pipeline='builtin.module(func.func(memref-plan-arena))' | FileCheck %s
// RUN: nas-opt %s -pass-pipeline='builtin.module(func.func(memref-plan-arena{alignment=128}))' | FileCheck %s --check-prefix=ALIGNED

// The first buffer is dead when the third begins to live; a view keeps a
// buffer alive.
// CHECK-LABEL: func.func @chain(
// CHECK-SAME: %[[X:.*]]: memref<16xf32>, %[[ARENA:.*]]: memref<96xi8>)
// CHECK-SAME: nasc.arena_alignment = 64 : i64, nasc.arena_bytes = 96 : i64
// CHECK: memref.assume_alignment %[[ARENA]], 64
// CHECK-DAG: %[[AT0:.*]] = arith.constant 0 : index
// CHECK-DAG: %[[A:.*]] = memref.view %[[ARENA]][%{{.*}}][] : memref<96xi8> to memref<16xf32>
// CHECK-DAG: %[[B:.*]] = memref.view %[[ARENA]][%{{.*}}][] : memref<96xi8> to memref<8xf32>
// CHECK-NOT: memref.alloc
// CHECK-NOT: memref.dealloc
// ALIGNED: nasc.arena_alignment = 128 : i64, nasc.arena_bytes = 160 : i64
func.func @chain(%x: memref<16xf32>) {
  %a = memref.alloc() : memref<16xf32>
  %b = memref.alloc() : memref<8xf32>
  %c = memref.alloc() : memref<16xf32>
  %d = memref.alloc() : memref<8xf32>
  memref.copy %x, %a : memref<16xf32> to memref<16xf32>
  %s = memref.subview %a[0] [8] [1] : memref<16xf32> to memref<8xf32, strided<[1]>>
  memref.copy %s, %b : memref<8xf32, strided<[1]>> to memref<8xf32>
  %t = memref.subview %c[0] [8] [1] : memref<16xf32> to memref<8xf32, strided<[1]>>
  memref.copy %b, %t : memref<8xf32> to memref<8xf32, strided<[1]>>
  memref.copy %t, %d : memref<8xf32, strided<[1]>> to memref<8xf32>
  memref.dealloc %a : memref<16xf32>
  return
}

// CHECK-LABEL: func.func @none(
// CHECK-SAME: %{{.*}}: memref<0xi8>)
// CHECK-SAME: nasc.arena_bytes = 0 : i64
func.func @none() {
  return
}

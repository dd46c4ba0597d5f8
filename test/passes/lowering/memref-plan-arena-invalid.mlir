// RUN: nas-opt %s -split-input-file -verify-diagnostics -pass-pipeline='builtin.module(func.func(memref-plan-arena))'

func.func @in_a_loop(%x: memref<4xf32>) {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  scf.for %i = %zero to %one step %one {
    // expected-error @below {{buffer is allocated inside a loop or a branch, so it has no place in the arena [NAS6005]}}
    %a = memref.alloc() : memref<4xf32>
    memref.copy %x, %a : memref<4xf32> to memref<4xf32>
  }
  return
}

// -----

func.func @dynamic(%n: index) {
  // expected-error @below {{buffer has no constant size: 'memref<?xf32>' [NAS6005]}}
  %a = memref.alloc(%n) : memref<?xf32>
  return
}

// -----

func.func @escapes() -> memref<4xf32> {
  // expected-error @below {{buffer leaves the block in which it is allocated [NAS6005]}}
  %a = memref.alloc() : memref<4xf32>
  return %a : memref<4xf32>
}

// -----

func.func @passed_on(%c: i1, %x: memref<4xf32>) {
  // expected-error @below {{buffer is passed on by arith.select, so its lifetime is not known [NAS6005]}}
  %a = memref.alloc() : memref<4xf32>
  %s = arith.select %c, %a, %x : memref<4xf32>
  memref.copy %x, %s : memref<4xf32> to memref<4xf32>
  return
}

// RUN: nas-opt %s -split-input-file -verify-diagnostics -convert-kernels-to-llvm

// Kernels take arrays; only these are plain pointers.
// expected-error @below {{failed to legalize operation 'func.func'}}
func.func @matrix(%a: memref<4x4xi8>) {
  return
}

// -----

// expected-error @below {{failed to legalize operation 'func.func'}}
func.func @strided(%a: memref<4xi8, strided<[2]>>) {
  return
}

// -----

// Loops have become branches before.
func.func @loop(%n: index) {
  %0 = arith.constant 0 : index
  %1 = arith.constant 1 : index
  // expected-error @below {{failed to legalize operation 'scf.for'}}
  scf.for %i = %0 to %n step %1 {
  }
  return
}

// -----

func.func @allocates() {
  // expected-error @below {{failed to legalize operation 'memref.alloc'}}
  %0 = memref.alloc() : memref<4xi8>
  return
}

// -----

// A kernel writes what it computes into an array.
// expected-error @below {{failed to legalize operation 'func.func'}}
func.func @result(%a: i32) -> i32 {
  return %a : i32
}

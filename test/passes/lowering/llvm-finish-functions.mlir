// RUN: nas-opt %s -llvm-finish-functions | FileCheck %s

// CHECK: llvm.mlir.global private constant @weights(dense<1.000000e+00> : tensor<4xf32>) {{{.*}}alignment = 64 : i64}
llvm.mlir.global private constant @weights(dense<1.0> : tensor<4xf32>) : !llvm.array<4 x f32>
// CHECK: llvm.func @net(%{{.*}}: !llvm.ptr {llvm.noalias}, %{{.*}}: i64) attributes {passthrough = ["nounwind"]}
llvm.func @net(%p: !llvm.ptr, %n: i64) {
  llvm.return
}
// CHECK: llvm.func @memcpy(!llvm.ptr)
// CHECK-NOT: nounwind
llvm.func @memcpy(!llvm.ptr)

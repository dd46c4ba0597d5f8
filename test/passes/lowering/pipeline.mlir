// Each stage's output is accepted by the next one, and a whole network becomes
// straight code: no allocation, no call of a runtime library, no loop without
// vectors in it.
// RUN: nas-opt %s -convert-nas-to-tosa='placeholder-weights=true' -o %t.tosa.mlir
// RUN: FileCheck %s --check-prefix=TOSA < %t.tosa.mlir
// RUN: nas-opt %t.tosa.mlir -nas-tosa-to-linalg -o %t.linalg.mlir
// RUN: FileCheck %s --check-prefix=LINALG < %t.linalg.mlir
// RUN: nas-opt %t.linalg.mlir -nas-linalg-to-llvm='triple=x86_64-linux-gnu cpu=cascadelake' -o %t.llvm.mlir
// RUN: FileCheck %s --check-prefix=LLVM < %t.llvm.mlir
// RUN: nas-opt %t.linalg.mlir -nas-linalg-to-llvm='triple=x86_64-linux-gnu cpu=cascadelake features=-avx512f' | FileCheck %s --check-prefix=AVX2
// RUN: nas-opt %t.llvm.mlir -o /dev/null

// TOSA: func.func @net(%{{.*}}: tensor<8x8x3xf32>) -> tensor<5xf32>
// TOSA: tosa.conv2d
// TOSA: tosa.depthwise_conv2d
// TOSA: tosa.fully_connected
// LINALG: linalg.conv_2d_nhwc_hwcf
// LINALG-NOT: linalg.transpose
// LINALG: linalg.depthwise_conv_2d_nhwc_hwc
// LINALG-NOT: linalg.transpose
// LINALG: linalg.matmul
// LLVM-NOT: llvm.call @
// LLVM: llvm.func @net(%{{.*}}: !llvm.ptr {llvm.noalias}, %{{.*}}: !llvm.ptr {llvm.noalias}, %{{.*}}: !llvm.ptr {llvm.noalias})
// LLVM-SAME: nasc.arena_bytes
// LLVM-NOT: llvm.call @
// LLVM: llvm.intr.fma{{.*}} vector<16xf32>
// LLVM-NOT: llvm.call @
// AVX2: llvm.intr.fma{{.*}} vector<8xf32>
// AVX2-NOT: vector<16xf32>
nas.space @net(%x: !nas.tensor<8x8x3>) -> !nas.tensor<5> {
  %1 = cost.constant 1 : !cost.int<1>
  %3 = cost.constant 3 : !cost.int<3>
  %5 = cost.constant 5 : !cost.int<5>
  %16 = cost.constant 16 : !cost.int<16>
  %c = nas.conv2d %x filters %16 kernel(%3, %3) stride(%1, %1) groups %1 padding <explicit 1, 1, 1, 1> name "conv"
      : (!nas.tensor<8x8x3>, !cost.int<16>, !cost.int<3>, !cost.int<3>, !cost.int<1>, !cost.int<1>, !cost.int<1>) -> !nas.tensor<8x8x16>
  %r = nas.relu %c : !nas.tensor<8x8x16> -> !nas.tensor<8x8x16>
  %d = nas.depthwise_conv2d %r kernel(%3, %3) stride(%1, %1) padding <explicit 1, 1, 1, 1> name "depthwise"
      : (!nas.tensor<8x8x16>, !cost.int<3>, !cost.int<3>, !cost.int<1>, !cost.int<1>) -> !nas.tensor<8x8x16>
  %h = nas.hard_swish %d : !nas.tensor<8x8x16> -> !nas.tensor<8x8x16>
  %s = nas.sigmoid %h : !nas.tensor<8x8x16> -> !nas.tensor<8x8x16>
  %a = nas.add %s, %r : (!nas.tensor<8x8x16>, !nas.tensor<8x8x16>) -> !nas.tensor<8x8x16>
  %p = nas.global_average_pool %a : !nas.tensor<8x8x16> -> !nas.tensor<16>
  %y = nas.dense %p units %5 bias name "dense" : (!nas.tensor<16>, !cost.int<5>) -> !nas.tensor<5>
  nas.return %y : !nas.tensor<5>
}

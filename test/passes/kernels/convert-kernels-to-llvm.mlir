// RUN: nas-opt %s -convert-kernels-to-llvm | FileCheck %s --check-prefixes=CHECK,W64,FAST
// RUN: nas-opt %s -convert-kernels-to-llvm='index-width=32 optimize-for-size=true' | FileCheck %s --check-prefixes=CHECK,W32,SMALL

// Constants stay aligned; the file alone sees them.
// CHECK: llvm.mlir.global internal constant @weights(dense<[1, 2, 3, 4]> : tensor<4xi8>) {{{.*}}alignment = 4 : i64
memref.global "private" constant @weights : memref<4xi8> = dense<[1, 2, 3, 4]> {alignment = 4 : i64}

// What is defined elsewhere keeps its name.
// CHECK: llvm.func @net_profile(i32)
func.func private @net_profile(i32)

// A kernel takes plain pointers, and has one body. For small code it is a
// hidden symbol with the network's name before its own.
// FAST: llvm.func internal @kernel(%[[IN:.*]]: !llvm.ptr{{.*}}, %[[OUT:.*]]: !llvm.ptr{{.*}}, %[[I:.*]]: i64{{.*}}) attributes {{{.*}}passthrough = ["nounwind", "noinline"]}
// SMALL: llvm.func hidden @net_kernel(%[[IN:.*]]: !llvm.ptr{{.*}}, %[[OUT:.*]]: !llvm.ptr{{.*}}, %[[I:.*]]: i32{{.*}}) attributes {{{.*}}passthrough = ["nounwind", "noinline", "optsize"]
// W64: %[[FROM:.*]] = llvm.getelementptr inbounds %[[IN]][%[[I]]] : (!llvm.ptr, i64) -> !llvm.ptr, i8
// W32: %[[FROM:.*]] = llvm.getelementptr inbounds %[[IN]][%[[I]]] : (!llvm.ptr, i32) -> !llvm.ptr, i8
// CHECK: %[[BYTE:.*]] = llvm.load %[[FROM]] : !llvm.ptr -> i8
// CHECK: %[[WORD:.*]] = llvm.sext %[[BYTE]] : i8 to i32
// CHECK: %[[TO:.*]] = llvm.getelementptr inbounds %[[OUT]][%[[I]]] : (!llvm.ptr, {{i64|i32}}) -> !llvm.ptr, i32
// CHECK: llvm.store %[[WORD]], %[[TO]] : i32, !llvm.ptr
func.func private @kernel(%in: memref<?xi8>, %out: memref<?xi32>, %i: index) {
  %0 = memref.load %in[%i] : memref<?xi8>
  %1 = arith.extsi %0 : i8 to i32
  memref.store %1, %out[%i] : memref<?xi32>
  return
}

// Attributes of the network are kept; a view is an address in bytes, a cast
// nothing.
// CHECK: llvm.func @net(%[[SAMPLE:.*]]: !llvm.ptr, %[[ARENA:.*]]: !llvm.ptr) attributes {nasc.arena_bytes = 64 : i64
// CHECK: %[[OFFSET:.*]] = llvm.mlir.constant(16 : index) : {{i64|i32}}
// CHECK: %[[VIEW:.*]] = llvm.getelementptr inbounds %[[ARENA]][%[[OFFSET]]] : (!llvm.ptr, {{i64|i32}}) -> !llvm.ptr, i8
// FAST: llvm.call @kernel(%[[SAMPLE]], %[[VIEW]], %[[OFFSET]])
// SMALL: llvm.call @net_kernel(%[[SAMPLE]], %[[VIEW]], %[[OFFSET]])
// CHECK: %[[WEIGHTS:.*]] = llvm.mlir.addressof @weights : !llvm.ptr
// FAST: llvm.call @kernel(%[[WEIGHTS]], %[[VIEW]], %[[OFFSET]])
// CHECK: llvm.call @net_profile(%{{.*}}) : (i32) -> ()
// CHECK: llvm.return
func.func @net(%sample: memref<4xi8>, %arena: memref<64xi8>) attributes {nasc.arena_bytes = 64 : i64} {
  %0 = arith.constant 16 : index
  %1 = memref.view %arena[%0][] : memref<64xi8> to memref<4xi32>
  %2 = memref.cast %1 : memref<4xi32> to memref<?xi32>
  %3 = memref.cast %sample : memref<4xi8> to memref<?xi8>
  call @kernel(%3, %2, %0) : (memref<?xi8>, memref<?xi32>, index) -> ()
  %4 = memref.get_global @weights : memref<4xi8>
  %5 = memref.cast %4 : memref<4xi8> to memref<?xi8>
  call @kernel(%5, %2, %0) : (memref<?xi8>, memref<?xi32>, index) -> ()
  %6 = arith.constant 2 : i32
  call @net_profile(%6) : (i32) -> ()
  return
}

# Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

# Generated code against LibTorch. LibTorch's side is a library of its own, so
# that its flags and headers reach no other file.
find_package(Torch REQUIRED)
nasc_add_library(nascTorchPeer SHARED host_inference_benchmark_torch.cpp
  LINK nascNetwork)
target_link_libraries(nascTorchPeer PRIVATE ${TORCH_LIBRARIES})
add_executable(host_inference_benchmark EXCLUDE_FROM_ALL
  host_inference_benchmark.cpp)
target_link_libraries(host_inference_benchmark PRIVATE nascTorchPeer
  nascLoweringTestSupport nascTestSupport nascLowering MLIR LLVM)
set_target_properties(nascTorchPeer PROPERTIES EXCLUDE_FROM_ALL ON)
add_dependencies(nasc-benchmarks host_inference_benchmark)

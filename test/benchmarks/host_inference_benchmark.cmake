# Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

# Generated code against LibTorch. LibTorch's side is a library of its own, so
# that its flags and headers reach no other file.
find_package(Torch REQUIRED)
add_library(nascTorchPeer SHARED EXCLUDE_FROM_ALL
  host_inference_benchmark_torch.cpp)
target_link_libraries(nascTorchPeer PRIVATE nascLayerTable ${TORCH_LIBRARIES})
nasc_add_benchmark(host_inference_benchmark host_inference_benchmark.cpp
  LINK nascTorchPeer nascDriver nascLoweringTestSupport nascTestSupport nascLowering
       MLIR LLVM)

# Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Builds test programs with sanitizers in a folder of their own, and runs them:
#   cmake -DSOURCE=… -DBUILD=… -DPROGRAMS=… -P sanitize.cmake

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result)
  if(NOT result EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "failed: ${command}")
  endif()
endfunction()

# Training is left out: LibTorch is no part of these programs.
run(${CMAKE_COMMAND} -S ${SOURCE} -B ${BUILD} -G Ninja
    -DCMAKE_BUILD_TYPE= -DCMAKE_CXX_FLAGS=-O1
    -DCMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER} -DMLIR_DIR=${MLIR_DIR}
    -DNASC_SANITIZE=address,undefined -DNASC_ENABLE_TRAINING=OFF)
run(${CMAKE_COMMAND} --build ${BUILD} --target ${PROGRAMS} -j 2)
# As for all tests of such builds; see test/CMakeLists.txt.
set(ENV{ASAN_OPTIONS} allow_user_poisoning=0:detect_leaks=0)
foreach(program ${PROGRAMS})
  run(${BUILD}/test/unit/${program} --gtest_brief=1)
endforeach()

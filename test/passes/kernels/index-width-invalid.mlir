// RUN: nas-opt %s -verify-diagnostics -convert-kernels-to-llvm=index-width=16

// expected-error @below {{expected an index width of 32 or 64, found 16}}
module {}

// RUN: nas-opt %s -verify-diagnostics -pass-pipeline='builtin.module(func.func(linalg-vectorize-layers{vector-bits=100}))'

// expected-error @below {{expected vectors of 128, 256 or 512 bits and at least 8 registers, not 100 bits and 32 registers [NAS6004]}}
func.func @net() {
  return
}

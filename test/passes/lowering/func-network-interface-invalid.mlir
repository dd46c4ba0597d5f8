// RUN: nas-opt %s -split-input-file -verify-diagnostics -pass-pipeline='builtin.module(func.func(func-network-interface))'

// expected-error @below {{a network's function must have static shapes, not 'tensor<?xf32>' [NAS6003]}}
func.func @dynamic(%x: tensor<?xf32>) -> tensor<?xf32> {
  return %x : tensor<?xf32>
}

// -----

// expected-error @below {{a network's function must be one block of operations [NAS6003]}}
func.func @branches(%x: tensor<4xf32>) -> tensor<4xf32> {
  cf.br ^next
^next:
  return %x : tensor<4xf32>
}

// RUN: nas-opt -nas-infer-shapes %s -verify-diagnostics -split-input-file

nas.space @s(%x: !nas.tensor<8>) -> !nas.tensor<8> {
  %one = cost.constant 1 : !cost.int<1>
  // expected-error@+1 {{expected an expanded space (nas-expand)}}
  %0 = nas.repeat %i = %one to %one carry(%c = %x) : (!cost.int<1>, !cost.int<1>, !nas.tensor<8>) -> !nas.tensor<*> {
    nas.yield %c : !nas.tensor<8>
  }
  nas.return %0 : !nas.tensor<*>
}

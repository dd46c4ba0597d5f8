// RUN: nas-opt -nas-expand="max-operations=100" %s -verify-diagnostics

nas.space @s(%x: !nas.tensor<8>) -> !nas.tensor<8> {
  %one = cost.constant 1 : !cost.int<1>
  %many = cost.constant 1000 : !cost.int<1000>
  %0 = nas.repeat %i = %one to %many carry(%c = %x) : (!cost.int<1>, !cost.int<1000>, !nas.tensor<8>) -> !nas.tensor<*> {
    // expected-error@+1 {{the space expands to more than 100 operations [NAS2012]}}
    %1 = nas.relu %c : !nas.tensor<8> -> !nas.tensor<*>
    nas.yield %1 : !nas.tensor<*>
  }
  nas.return %0 : !nas.tensor<*>
}

// RUN: nas-opt -nas-expand -nas-infer-shapes -nas-specialize="architecture=width" %s -verify-diagnostics

// expected-error@+1 {{[NAS2018]}}
module {
nas.space @s(%x: !nas.tensor<4>) -> !nas.tensor<4> {
  %c = nas.choice "c" integers [0, 1] : !cost.int<0 to 1>
  %width = nas.choice "width" integers [4, 8] : !cost.int<4 to 8>
  %extra = nas.choice "extra" integers [4, 8] when %c : !cost.int<4 to 8>, !cost.int<0 to 1>
  %four = cost.constant 4 : !cost.int<4>
  %0 = nas.dense %x units %width : (!nas.tensor<4>, !cost.int<4 to 8>) -> !nas.tensor<*>
  %1 = nas.if %c : !cost.int<0 to 1> -> !nas.tensor<*> {
    %2 = nas.dense %0 units %extra : (!nas.tensor<*>, !cost.int<4 to 8>) -> !nas.tensor<*>
    nas.yield %2 : !nas.tensor<*>
  } else {
    nas.yield %0 : !nas.tensor<*>
  }
  %3 = nas.dense %1 units %four : (!nas.tensor<*>, !cost.int<4>) -> !nas.tensor<*>
  nas.return %3 : !nas.tensor<*>
}
}

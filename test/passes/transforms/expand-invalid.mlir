// RUN: nas-opt -nas-expand %s -verify-diagnostics -split-input-file

nas.block @a(%x: !nas.tensor<*>) {
  // expected-error@+1 {{block 'a' calls itself [NAS2014]}}
  %0 = nas.call @a(%x) place "a" : (!nas.tensor<*>) -> !nas.tensor<*>
  nas.return %0 : !nas.tensor<*>
}
nas.space @s(%x: !nas.tensor<8>) -> !nas.tensor<8> {
  %0 = nas.call @a(%x) place "a" : (!nas.tensor<8>) -> !nas.tensor<*>
  nas.return %0 : !nas.tensor<*>
}

// -----

nas.space @s() {
  // expected-note@+1 {{the other is here}}
  %0 = nas.choice "a" integers [1, 2] : !cost.int<1 to 2>
  // expected-error@+1 {{two choices have the name 'a' [NAS2002]}}
  %1 = nas.choice "a" integers [1, 2] : !cost.int<1 to 2>
  nas.return
}

// -----

nas.space @s() {
  // expected-error@+1 {{no choice has the name 'b' here [NAS2003]}}
  %0 = nas.choice_ref "b" : !cost.int<1 to 2>
  nas.return
}

// -----

nas.block @divide(%x: !nas.tensor<*>, %by: !cost.int) {
  %ten = cost.constant 10 : !cost.int<10>
  // expected-error@+1 {{expected a positive divisor, found one between 0 and 2 [NAS2013]}}
  %units = cost.floordiv %ten, %by : !cost.int<10>, !cost.int -> !cost.int
  %0 = nas.dense %x units %units : (!nas.tensor<*>, !cost.int) -> !nas.tensor<*>
  nas.return %0 : !nas.tensor<*>
}
nas.space @s(%x: !nas.tensor<8>) -> !nas.tensor<8> {
  %by = nas.choice "by" integers [0, 2] : !cost.int<0 to 2>
  %0 = nas.call @divide(%x, %by) place "divide" : (!nas.tensor<8>, !cost.int<0 to 2>) -> !nas.tensor<*>
  nas.return %0 : !nas.tensor<*>
}

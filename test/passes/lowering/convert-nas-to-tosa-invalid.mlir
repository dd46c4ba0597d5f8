// RUN: nas-opt %s -split-input-file -verify-diagnostics -convert-nas-to-tosa

nas.space @no_weights(%x: !nas.tensor<3>) -> !nas.tensor<2> {
  %2 = cost.constant 2 : !cost.int<2>
  // expected-error @below {{no weights 'dense.weight' in the module [NAS6001]}}
  %d = nas.dense %x units %2 name "dense" : (!nas.tensor<3>, !cost.int<2>) -> !nas.tensor<2>
  nas.return %d : !nas.tensor<2>
}

// -----

nas.space @other_weights(%x: !nas.tensor<3>) -> !nas.tensor<2> {
  %2 = cost.constant 2 : !cost.int<2>
  // expected-error @below {{expected weights 'dense.weight' of type 'tensor<3x2xf32>', found 'tensor<2x3xf32>' [NAS6001]}}
  %d = nas.dense %x units %2 name "dense" : (!nas.tensor<3>, !cost.int<2>) -> !nas.tensor<2>
  nas.return %d : !nas.tensor<2>
}
// expected-note @below {{the weights are here}}
nas.weights @"dense.weight" = dense<1.0> : tensor<2x3xf32>

// -----

nas.space @open(%x: !nas.tensor<3>) -> !nas.tensor<2> {
  // expected-error @below {{cannot be lowered; specialise the space first [NAS6001]}}
  %units = nas.choice "units" integers [2, 4] : !cost.int<2 to 4>
  %d = nas.dense %x units %units name "dense" : (!nas.tensor<3>, !cost.int<2 to 4>) -> !nas.tensor<*>
  nas.return %d : !nas.tensor<*>
}

// -----

// expected-error @below {{expected one space to lower, found 0 [NAS6001]}}
module {}

// -----

// expected-error @below {{expected 1 or 3 numbers as 'mean', found 2 [NAS6001]}}
nas.dataset @data idx sources ["images"] settings <mean = [0.25, 0.5]>
nas.space @means(%x: !nas.tensor<2x3x3>) -> !nas.tensor<3> dataset @data {
  %p = nas.global_average_pool %x : !nas.tensor<2x3x3> -> !nas.tensor<3>
  nas.return %p : !nas.tensor<3>
}

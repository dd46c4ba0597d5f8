// RUN: nas-opt -nas-expand -nas-infer-shapes %s -verify-diagnostics -split-input-file

nas.space @rank(%image: !nas.tensor<8>) -> !nas.tensor<8> {
  %one = cost.constant 1 : !cost.int<1>
  // expected-error@+1 {{conv2d: expected an input of 3 dimensions (height, width, channels), found 1 [NAS2005]}}
  %0 = nas.conv2d %image filters %one kernel(%one, %one) stride(%one, %one) groups %one padding <same>
      : (!nas.tensor<8>, !cost.int<1>, !cost.int<1>, !cost.int<1>, !cost.int<1>, !cost.int<1>, !cost.int<1>) -> !nas.tensor<*>
  nas.return %0 : !nas.tensor<*>
}

// -----

nas.space @kernel(%image: !nas.tensor<4x4x1>) -> !nas.tensor<1x1x1> {
  %one = cost.constant 1 : !cost.int<1>
  %five = cost.constant 5 : !cost.int<5>
  // expected-error@+1 {{expected an input of at least the kernel's size (kernel 5, padded input 4) [NAS2004]}}
  %0 = nas.conv2d %image filters %one kernel(%five, %five) stride(%one, %one) groups %one padding <valid>
      : (!nas.tensor<4x4x1>, !cost.int<1>, !cost.int<5>, !cost.int<5>, !cost.int<1>, !cost.int<1>, !cost.int<1>) -> !nas.tensor<*>
  nas.return %0 : !nas.tensor<*>
}

// -----

nas.space @groups(%image: !nas.tensor<4x4x3>) -> !nas.tensor<4x4x4> {
  %one = cost.constant 1 : !cost.int<1>
  %two = cost.constant 2 : !cost.int<2>
  %four = cost.constant 4 : !cost.int<4>
  // expected-error@+1 {{expected groups (2) that divide the channels (3) and the filters (4) [NAS2004]}}
  %0 = nas.conv2d %image filters %four kernel(%one, %one) stride(%one, %one) groups %two padding <same>
      : (!nas.tensor<4x4x3>, !cost.int<4>, !cost.int<1>, !cost.int<1>, !cost.int<1>, !cost.int<1>, !cost.int<2>) -> !nas.tensor<*>
  nas.return %0 : !nas.tensor<*>
}

// -----

nas.space @sum(%image: !nas.tensor<4>) -> !nas.tensor<4> {
  %eight = cost.constant 8 : !cost.int<8>
  %0 = nas.dense %image units %eight : (!nas.tensor<4>, !cost.int<8>) -> !nas.tensor<*>
  // expected-error@+1 {{add: expected tensors of one shape}}
  %1 = nas.add %0, %image : (!nas.tensor<*>, !nas.tensor<4>) -> !nas.tensor<*>
  nas.return %1 : !nas.tensor<*>
}

// -----

nas.space @ranks(%image: !nas.tensor<2x2x4>) -> !nas.tensor<4> {
  %c = nas.choice "c" integers [0, 1] : !cost.int<0 to 1>
  // expected-error@+1 {{the alternatives have tensors of 1 and of 3 dimensions [NAS2007]}}
  %0 = nas.if %c : !cost.int<0 to 1> -> !nas.tensor<*> {
    %1 = nas.global_average_pool %image : !nas.tensor<2x2x4> -> !nas.tensor<*>
    nas.yield %1 : !nas.tensor<*>
  } else {
    nas.yield %image : !nas.tensor<2x2x4>
  }
  nas.return %0 : !nas.tensor<*>
}

// -----

nas.space @result(%image: !nas.tensor<4>) -> !nas.tensor<10> {
  // expected-error@+2 {{expected a result of shape 10, found 4 [NAS2016]}}
  // expected-note@+1 {{help: dense(units = 10) gives a number for each class}}
  nas.return %image : !nas.tensor<4>
}

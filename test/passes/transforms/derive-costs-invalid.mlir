// RUN: nas-opt -nas-expand -nas-infer-shapes -nas-derive-costs %s -verify-diagnostics -split-input-file

nas.device @d clock 1000 {
}
nas.space @s(%x: !nas.tensor<8>) -> !nas.tensor<8> {
  %0 = nas.relu %x : !nas.tensor<8> -> !nas.tensor<*>
  nas.return %0 : !nas.tensor<*>
}
nas.limits @s {
  // expected-error@+1 {{the space has no metric 'ram on d': the device has no cost model [NAS3003]}}
  %0 = nas.metric "ram" on @d : !cost.int
  %1 = cost.cmp le %0, %0 : !cost.int, !cost.int -> !cost.int<0 to 1>
  nas.limit "ram on d <= 1 B" %1 : !cost.int<0 to 1>
}

// -----

nas.device @d clock 1000 {
  nas.cost_model int8 element_bytes 1 {
    nas.layer_cost "conv2d" code 1
  }
}
nas.space @s(%x: !nas.tensor<8>) -> !nas.tensor<8> {
  // expected-error@+1 {{the cost model 'int8' of device 'd' says nothing of layers of kind elementwise [NAS2011]}}
  %0 = nas.relu %x : !nas.tensor<8> -> !nas.tensor<*>
  nas.return %0 : !nas.tensor<*>
}

// -----

nas.space @s() {
  %0 = nas.choice "a" integers [1, 2] : !cost.int<1 to 2>
  nas.return
}
nas.limits @s {
  // expected-error@+1 {{no choice of the space has the name 'b' [NAS2003]}}
  %0 = nas.choice_ref "b" : !cost.int<0 to 1>
  nas.limit "b" %0 : !cost.int<0 to 1>
}

// -----

nas.space @s() {
  %0 = nas.choice "a" integers [1, 2] : !cost.int<1 to 2>
  nas.return
}
nas.limits @s {
  // expected-error@+1 {{the space has no metric 'volume' [NAS3003]}}
  %0 = nas.metric "volume" : !cost.int
  %1 = cost.cmp le %0, %0 : !cost.int, !cost.int -> !cost.int<0 to 1>
  nas.limit "volume <= 1" %1 : !cost.int<0 to 1>
}

// -----

// 2^44 multiply-accumulates of 2^40 thousandths of a cycle each.
nas.device @d clock 1000 {
  nas.cost_model int8 element_bytes 1 {
    nas.layer_cost "conv2d" cycles_per_mac 1099511627776
  }
}
// expected-error@+1 {{the metric latency on d can exceed 64 bits in this space [NAS2010]}}
nas.space @s(%x: !nas.tensor<4194304>) -> !nas.tensor<4194304> {
  %units = cost.constant 4194304 : !cost.int<4194304>
  %0 = nas.dense %x units %units : (!nas.tensor<4194304>, !cost.int<4194304>) -> !nas.tensor<*>
  nas.return %0 : !nas.tensor<*>
}

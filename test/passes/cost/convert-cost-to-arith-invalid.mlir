// RUN: nas-opt --convert-cost-to-arith --split-input-file --verify-diagnostics %s

// The range of the product does not fit 64 bits.
cost.function @wide {
  %a = cost.choice "a" in [1, 4294967296] : !cost.int<1 to 4294967296>
  // expected-error @below {{the value of this cost.mul may not fit 64 bits [NAS2010]}}
  %p = cost.mul %a, %a : !cost.int<1 to 4294967296>, !cost.int<1 to 4294967296> -> !cost.int
  cost.metric "p" = %p : !cost.int
}

// -----

// A stated range is no proof.
cost.function @stated {
  %a = cost.choice "a" in [1, 4294967296] : !cost.int<1 to 4294967296>
  // expected-error @below {{the value of this cost.mul may not fit 64 bits [NAS2010]}}
  %p = cost.mul %a, %a : !cost.int<1 to 4294967296>, !cost.int<1 to 4294967296> -> !cost.int<1 to 10>
  cost.metric "p" = %p : !cost.int<1 to 10>
}

// RUN: nas-opt --cost-prune=report=1 --split-input-file --verify-diagnostics %s

cost.function @alone {
  %x = cost.choice "x" in [1, 2] : !cost.int<1 to 2>
  %c = cost.constant 0 : !cost.int<0>
  %l = cost.cmp le %x, %c : !cost.int<1 to 2>, !cost.int<0> -> !cost.int<0 to 1>
  // expected-note @below {{help: 'x <= 0': without it something would be feasible, such as x=1}}
  // expected-error @below {{no architecture meets the limit 'x <= 0' [NAS3001]}}
  cost.limit "x <= 0" %l : !cost.int<0 to 1>
}

// -----

cost.function @together {
  %x = cost.choice "x" in [1, 2, 3] : !cost.int<1 to 3>
  %y = cost.choice "y" in [1, 2, 3] : !cost.int<1 to 3>
  %a = cost.cmp lt %x, %y : !cost.int<1 to 3>, !cost.int<1 to 3> -> !cost.int<0 to 1>
  %b = cost.cmp lt %y, %x : !cost.int<1 to 3>, !cost.int<1 to 3> -> !cost.int<0 to 1>
  %c = cost.cmp ne %y, %x : !cost.int<1 to 3>, !cost.int<1 to 3> -> !cost.int<0 to 1>
  // expected-note @below {{help: 'x < y': without it something would be feasible, such as x=2,y=1}}
  // expected-error @below {{no architecture meets the limit 'x < y' together with another [NAS3001]}}
  cost.limit "x < y" %a : !cost.int<0 to 1>
  cost.limit "x != y" %c : !cost.int<0 to 1>
  // expected-note @below {{help: 'y < x': without it something would be feasible, such as x=1,y=2}}
  // expected-note @below {{with the limit 'y < x'}}
  cost.limit "y < x" %b : !cost.int<0 to 1>
}

// -----

// A number that says how it was written has a nearest other one.
cost.function @written {
  %x = cost.choice "x" in [1024, 1537] : !cost.int<1024 to 1537>
  %c = cost.constant 512 : !cost.int<512>
  %l = cost.cmp le %x, %c : !cost.int<1024 to 1537>, !cost.int<512> -> !cost.int<0 to 1>
  %d = cost.constant 1100 : !cost.int<1100>
  %m = cost.cmp ge %x, %d : !cost.int<1024 to 1537>, !cost.int<1100> -> !cost.int<0 to 1>
  // expected-note @below {{help: 'x <= 0.5 KiB': at least 1537 B (1.501 KiB) would be needed, attained by x=1537}}
  // expected-error @below {{no architecture meets the limit 'x <= 0.5 KiB' [NAS3001]}}
  cost.limit "x <= 0.5 KiB" %l {cost.written = {bound = 512 : i64, text = "0.5 KiB", unit = "KiB", unit_size = 1024 : i64, base_unit = "B"}} : !cost.int<0 to 1>
  cost.limit "x >= 1100" %m : !cost.int<0 to 1>
}

// -----

// Limits that exclude nothing are pointed out, unless nobody wrote them; so are
// values that are gone.
cost.function @loose {
  // expected-remark @below {{choice 'x' has in no feasible architecture the value 3 [NAS3005]}}
  %x = cost.choice "x" in [1, 2, 3] : !cost.int<1 to 3>
  %y = cost.choice "y" in [1, 2, 3] : !cost.int<1 to 3>
  %s = cost.add %x, %y : !cost.int<1 to 3>, !cost.int<1 to 3> -> !cost.int<2 to 6>
  %six = cost.constant 6 : !cost.int<6>
  %two = cost.constant 2 : !cost.int<2>
  %a = cost.cmp le %s, %six : !cost.int<2 to 6>, !cost.int<6> -> !cost.int<1>
  %b = cost.cmp le %x, %two : !cost.int<1 to 3>, !cost.int<2> -> !cost.int<0 to 1>
  // expected-remark @below {{the limit 'x + y <= 6' excludes no architecture [NAS3002]}}
  cost.limit "x + y <= 6" %a : !cost.int<1>
  cost.limit "the device's own" %a implied : !cost.int<1>
  cost.limit "x <= 2" %b : !cost.int<0 to 1>
}

// -----

// Only a proof shows that this one excludes nothing: x·x + x is even.
cost.function @proved {
  %x = cost.choice "x" in [1, 2, 3, 4, 5, 6] : !cost.int<1 to 6>
  %y = cost.choice "y" in [0, 2, 4, 6] : !cost.int<0 to 6>
  %p = cost.mul %x, %x : !cost.int<1 to 6>, !cost.int<1 to 6> -> !cost.int<1 to 36>
  %q = cost.add %p, %x : !cost.int<1 to 36>, !cost.int<1 to 6> -> !cost.int<2 to 42>
  %s = cost.add %q, %y : !cost.int<2 to 42>, !cost.int<0 to 6> -> !cost.int<2 to 48>
  %two = cost.constant 2 : !cost.int<2>
  %zero = cost.constant 0 : !cost.int<0>
  %m = cost.mod %s, %two : !cost.int<2 to 48>, !cost.int<2> -> !cost.int<0 to 1>
  %even = cost.cmp eq %m, %zero : !cost.int<0 to 1>, !cost.int<0> -> !cost.int<0 to 1>
  // expected-remark @below {{the limit 'even' excludes no architecture [NAS3002]}}
  cost.limit "even" %even : !cost.int<0 to 1>
}

// -----

cost.function @wide {
  %a = cost.choice "a" in [1, 4294967296] : !cost.int<1 to 4294967296>
  // expected-error @below {{the value of this cost.mul may not fit 64 bits [NAS2010]}}
  %p = cost.mul %a, %a : !cost.int<1 to 4294967296>, !cost.int<1 to 4294967296> -> !cost.int
  cost.metric "p" = %p : !cost.int
}

// RUN: nas-opt %s -verify-diagnostics -split-input-file

// expected-error@+1 {{expected a range whose lower end is not above its upper end, found 4 to 3}}
func.func private @range(!cost.int<4 to 3>)

// -----

func.func @divisor(%a: !cost.int<1 to 9>, %b: !cost.int<0 to 3>) {
  // expected-error@+1 {{expected a positive divisor, found one in 0 to 3}}
  %q = cost.floordiv %a, %b : !cost.int<1 to 9>, !cost.int<0 to 3> -> !cost.int<0 to 9>
  return
}

// -----

func.func @divisor_up(%a: !cost.int<1 to 9>, %b: !cost.int<-1 to 3>) {
  // expected-error@+1 {{expected a positive divisor, found one in -1 to 3}}
  %q = cost.ceildiv %a, %b : !cost.int<1 to 9>, !cost.int<-1 to 3> -> !cost.int
  return
}

// -----

func.func @divisor_rest(%a: !cost.int<1 to 9>, %b: !cost.int<0>) {
  // expected-error@+1 {{expected a positive divisor, found one in 0 to 0}}
  %q = cost.mod %a, %b : !cost.int<1 to 9>, !cost.int<0> -> !cost.int<0 to 9>
  return
}

// -----

func.func @result(%a: !cost.int<1 to 4>, %b: !cost.int<2 to 3>) {
  // expected-error@+2 {{'cost.add' op inferred type(s) '!cost.int<3 to 7>' are incompatible with return type(s) of operation '!cost.int<8 to 9>'}}
  // expected-error@+1 {{'cost.add' op failed to infer returned types}}
  %sum = cost.add %a, %b : !cost.int<1 to 4>, !cost.int<2 to 3> -> !cost.int<8 to 9>
  return
}

// -----

func.func @condition(%c: !cost.int<0 to 2>, %a: !cost.int<3>) {
  // expected-error@+1 {{expected a condition in 0 to 1, found one in 0 to 2}}
  %r = cost.select %c, %a, %a : !cost.int<0 to 2>, !cost.int<3>, !cost.int<3> -> !cost.int<3>
  return
}

// -----

cost.function @empty {
  // expected-error@+1 {{expected at least one value}}
  %width = cost.choice "width" in [] : !cost.int<0>
}

// -----

cost.function @range_of_values {
  // expected-error@+1 {{expected the result range 16 to 32 of the values, found '!cost.int<16 to 24>'}}
  %width = cost.choice "width" in [16, 24, 32] : !cost.int<16 to 24>
}

// -----

cost.function @twice {
  %a = cost.choice "width" in [16] : !cost.int<16>
  // expected-error@+1 {{expected choices of different names, found 'width' twice}}
  %b = cost.choice "width" in [16] : !cost.int<16>
}

// -----

cost.function @activity_of_nothing {
  %one = cost.constant 1 : !cost.int<1>
  // expected-error@+1 {{expected the name of a choice of the function, found 'width'}}
  cost.activity "width" = %one : !cost.int<1>
}

// -----

cost.function @activity_twice {
  %a = cost.choice "width" in [16] : !cost.int<16>
  %one = cost.constant 1 : !cost.int<1>
  cost.activity "width" = %one : !cost.int<1>
  // expected-error@+1 {{expected one activity for each choice, found two of 'width'}}
  cost.activity "width" = %one : !cost.int<1>
}

// -----

cost.function @activity_range {
  %a = cost.choice "width" in [16] : !cost.int<16>
  // expected-error@+1 {{must be a truth value, !cost.int<0 to 1>, but got '!cost.int<16>'}}
  cost.activity "width" = %a : !cost.int<16>
}

// -----

cost.function @limit_range {
  %a = cost.choice "width" in [16] : !cost.int<16>
  // expected-error@+1 {{must be a truth value, !cost.int<0 to 1>, but got '!cost.int<16>'}}
  cost.limit "width" %a : !cost.int<16>
}

// -----

func.func @not_in_function(%a: !cost.int<16>) {
  // expected-error@+1 {{'cost.metric' op expects parent op 'cost.function'}}
  cost.metric "macs" = %a : !cost.int<16>
  return
}

// -----

// expected-error@+1 {{expected as many values as rows, found 1 values and 2 rows}}
cost.table @table keys ["height"] rows [[1], [2]] values [10]

// -----

// expected-error@+1 {{expected 2 keys in row 0, found 1}}
cost.table @table keys ["height", "width"] rows [[1]] values [10]

// -----

// expected-error@+1 {{expected rows of different keys, found those of row 1 twice}}
cost.table @table keys ["height"] rows [[1], [1]] values [10, 20]

// -----

func.func @no_table(%a: !cost.int<1 to 2>, %d: !cost.int<0>) {
  // expected-error@+1 {{expected the symbol of a cost.table, found @missing}}
  %r = cost.lookup @missing[%a] else %d : (!cost.int<1 to 2>), !cost.int<0> -> !cost.int<0 to 10>
  return
}

// -----

cost.table @table keys ["height"] rows [[1]] values [10]
func.func @number_of_keys(%a: !cost.int<1 to 2>, %d: !cost.int<0>) {
  // expected-error@+1 {{expected 1 keys for table @table, found 2}}
  %r = cost.lookup @table[%a, %a] else %d : (!cost.int<1 to 2>, !cost.int<1 to 2>), !cost.int<0> -> !cost.int<0 to 10>
  return
}

// -----

cost.table @table keys ["height"] rows [[1]] values [10]
func.func @range_of_entries(%a: !cost.int<1 to 2>, %d: !cost.int<0>) {
  // expected-error@+1 {{expected a result range that holds the entry 10, found 0 to 5}}
  %r = cost.lookup @table[%a] else %d : (!cost.int<1 to 2>), !cost.int<0> -> !cost.int<0 to 5>
  return
}

// -----

cost.function @layer_metrics {
  %one = cost.constant 1 : !cost.int<1>
  // expected-error@+1 {{expected a value for each of the 2 metrics, found 1}}
  cost.layer "conv" kind "conv2d" active %one : !cost.int<1>
      shapes (%one) -> (%one) : (!cost.int<1>) -> (!cost.int<1>)
      metrics ["macs", "weights"] = (%one) : !cost.int<1>
}

// -----

cost.function @layer_activity {
  %two = cost.constant 2 : !cost.int<2>
  // expected-error@+1 {{must be a truth value, !cost.int<0 to 1>, but got '!cost.int<2>'}}
  cost.layer "conv" kind "conv2d" active %two : !cost.int<2>
      shapes (%two) -> (%two) : (!cost.int<2>) -> (!cost.int<2>)
      metrics ["macs"] = (%two) : !cost.int<2>
}

// -----

cost.function @exclusion_of_one {
  %x = cost.choice "x" in [1, 2] : !cost.int<1 to 2>
  // expected-error @below {{expected two choices, found 'x' twice}}
  cost.exclusion "x" = 1, "x" = 2
}

// -----

cost.function @exclusion_of_unknown {
  %x = cost.choice "x" in [1, 2] : !cost.int<1 to 2>
  // expected-error @below {{expected the name of a choice of the function, found 'y'}}
  cost.exclusion "x" = 1, "y" = 2
}

// -----

cost.function @exclusion_of_no_value {
  %x = cost.choice "x" in [1, 2] : !cost.int<1 to 2>
  %y = cost.choice "y" in [1, 2] : !cost.int<1 to 2>
  // expected-error @below {{expected a value of 'y', found 3}}
  cost.exclusion "x" = 1, "y" = 3
}

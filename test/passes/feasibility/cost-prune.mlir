// RUN: nas-opt --cost-prune %s | FileCheck %s

// 32 + 8 is beyond the limit by itself; 2 is excluded by parity.

// CHECK-LABEL: cost.function @narrow
// CHECK:         cost.choice "width" in [8, 16] : <8 to 16>
// CHECK:         cost.choice "stride" in [1] : <1>
// CHECK:         cost.mul {{.*}} : <8 to 16>, <8 to 16> -> <64 to 256>
cost.function @narrow {
  %w = cost.choice "width" in [8, 16, 32] : !cost.int<8 to 32>
  %s = cost.choice "stride" in [1, 2] : !cost.int<1 to 2>
  %two = cost.constant 2 : !cost.int<2>
  %one = cost.constant 1 : !cost.int<1>
  %bound = cost.constant 300 : !cost.int<300>
  %p = cost.mul %w, %w : !cost.int<8 to 32>, !cost.int<8 to 32> -> !cost.int<64 to 1024>
  %l = cost.cmp le %p, %bound : !cost.int<64 to 1024>, !cost.int<300> -> !cost.int<0 to 1>
  %sum = cost.add %w, %s : !cost.int<8 to 32>, !cost.int<1 to 2> -> !cost.int<9 to 34>
  %m = cost.mod %sum, %two : !cost.int<9 to 34>, !cost.int<2> -> !cost.int<0 to 1>
  %odd = cost.cmp eq %m, %one : !cost.int<0 to 1>, !cost.int<1> -> !cost.int<0 to 1>
  cost.limit "width * width <= 300" %l : !cost.int<0 to 1>
  cost.limit "odd" %odd : !cost.int<0 to 1>
}

// A value counts only where its choice is active; a choice that never is keeps
// its first value.

// CHECK-LABEL: cost.function @conditional
// CHECK:         cost.choice "depth" in [1] : <1>
// CHECK:         cost.choice "width" in [8] : <8>
cost.function @conditional {
  %d = cost.choice "depth" in [1, 2] : !cost.int<1 to 2>
  %w = cost.choice "width" in [8, 16] : !cost.int<8 to 16>
  %two = cost.constant 2 : !cost.int<2>
  %deep = cost.cmp eq %d, %two : !cost.int<1 to 2>, !cost.int<2> -> !cost.int<0 to 1>
  cost.activity "width" = %deep : !cost.int<0 to 1>
  %one = cost.constant 1 : !cost.int<1>
  %shallow = cost.sub %one, %deep : !cost.int<1>, !cost.int<0 to 1> -> !cost.int<0 to 1>
  cost.limit "depth < 2" %shallow : !cost.int<0 to 1>
}

// Choices of the space are narrowed too: labels keep their meaning for the
// users, which see the old positions.

// CHECK-LABEL: cost.function @both
// CHECK:         cost.choice "kind" in [1, 2] : <1 to 2>
// CHECK-LABEL: nas.space @space
// CHECK:         %[[KIND:.*]] = nas.choice "kind" labels ["b", "c"] : {{.*}}<0 to 1>
// CHECK:         %[[IS:.*]] = cost.cmp eq %[[KIND]]
// CHECK:         cost.select %[[IS]]
// CHECK:         nas.choice "units" integers [10, 20] : {{.*}}<10 to 20>
cost.function @both {
  %k = cost.choice "kind" in [0, 1, 2] : !cost.int<0 to 2>
  %u = cost.choice "units" in [10, 20, 30] : !cost.int<10 to 30>
  %z = cost.constant 0 : !cost.int<0>
  %b = cost.constant 25 : !cost.int<25>
  %h = cost.cmp ne %k, %z : !cost.int<0 to 2>, !cost.int<0> -> !cost.int<0 to 1>
  %l = cost.cmp le %u, %b : !cost.int<10 to 30>, !cost.int<25> -> !cost.int<0 to 1>
  cost.limit "kind != a" %h : !cost.int<0 to 1>
  cost.limit "units <= 25" %l : !cost.int<0 to 1>
}
nas.space @space(%image: !nas.tensor<10>) -> !nas.tensor<10> {
  %k = nas.choice "kind" labels ["a", "b", "c"] : !cost.int<0 to 2>
  %u = nas.choice "units" integers [10, 20, 30] : !cost.int<10 to 30>
  %0 = nas.switch %k : !cost.int<0 to 2> -> !nas.tensor<*> {
    %1 = nas.dense %image units %u : (!nas.tensor<10>, !cost.int<10 to 30>) -> !nas.tensor<*>
    nas.yield %1 : !nas.tensor<*>
  }, {
    %2 = nas.dense %image units %u : (!nas.tensor<10>, !cost.int<10 to 30>) -> !nas.tensor<*>
    nas.yield %2 : !nas.tensor<*>
  }, {
    %3 = nas.dense %image units %u : (!nas.tensor<10>, !cost.int<10 to 30>) -> !nas.tensor<*>
    nas.yield %3 : !nas.tensor<*>
  }
  nas.return %0 : !nas.tensor<*>
}

// Two values that exclude each other are recorded, and what an earlier pruning
// recorded is replaced; that a choice does not exist under another is no such
// pair.

// CHECK-LABEL: cost.function @pairs
// CHECK-NOT:     cost.exclusion
// CHECK:         cost.exclusion "a" = 3, "b" = 3
// CHECK-NOT:     cost.exclusion
cost.function @pairs {
  %a = cost.choice "a" in [1, 2, 3] : !cost.int<1 to 3>
  %b = cost.choice "b" in [1, 2, 3] : !cost.int<1 to 3>
  %c = cost.choice "c" in [1, 2] : !cost.int<1 to 2>
  cost.exclusion "a" = 1, "b" = 1
  %one = cost.constant 1 : !cost.int<1>
  %eight = cost.constant 8 : !cost.int<8>
  %active = cost.cmp gt %a, %one : !cost.int<1 to 3>, !cost.int<1> -> !cost.int<0 to 1>
  cost.activity "c" = %active : !cost.int<0 to 1>
  %p = cost.mul %a, %b : !cost.int<1 to 3>, !cost.int<1 to 3> -> !cost.int<1 to 9>
  %l = cost.cmp le %p, %eight : !cost.int<1 to 9>, !cost.int<8> -> !cost.int<0 to 1>
  cost.limit "a * b <= 8" %l : !cost.int<0 to 1>
}

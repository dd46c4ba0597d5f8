// RUN: split-file %s %t
// RUN: nasc --emit=nas %t/quarter.nas | FileCheck %t/quarter.nas
// RUN: nasc --emit=nas %t/written.nas | FileCheck %t/written.nas
// RUN: nasc --emit=nas %t/least.nas | FileCheck %t/least.nas
// RUN: not nasc --check %t/evolve.nas 2>&1 | FileCheck %t/evolve.nas
// RUN: not nasc --check %t/more.nas 2>&1 | FileCheck %t/more.nas
// RUN: not nasc --check %t/alone.nas 2>&1 | FileCheck %t/alone.nas
// RUN: not nasc --check %t/one.nas 2>&1 | FileCheck %t/one.nas

//--- net.nas
space net(image: tensor[8, 8, 3]) -> classes(2) {
  choice units in {2, 4};
  return image |> global_average_pool |> dense(units) |> dense(units = 2);
}

//--- quarter.nas
import "net.nas";
search { train { epochs = 10; quantize = int8; } }
// CHECK: search.train
// CHECK-SAME: quantize = int8, quantize_epochs = 2

//--- written.nas
import "net.nas";
search { train { epochs = 10; quantize = int8; quantize_epochs = 10 epochs; } }
// CHECK: search.train
// CHECK-SAME: quantize = int8, quantize_epochs = 10

//--- least.nas
import "net.nas";
search { train { epochs = 3; quantize = int8; } }
// CHECK: search.train
// CHECK-SAME: quantize = int8, quantize_epochs = 1

//--- evolve.nas
import "net.nas";
search {
  maximize accuracy;
  evolve { population = 2; evaluations = 2; quantize = int8; quantize_epochs = 1; }
// CHECK: evolve.nas:[[@LINE-1]]:45: error[NAS4101]: 'evolve' has no setting 'quantize'
// CHECK: help: networks are compared before they are quantised: write 'quantize' in 'train { … }'
// CHECK: evolve.nas:[[@LINE-3]]:62: error[NAS4101]: 'evolve' has no setting 'quantize_epochs'
  train { quantize = int16; }
// CHECK: evolve.nas:[[@LINE-1]]:22: error[NAS4103]: 'quantize' cannot be 'int16'
// CHECK: help: did you mean 'int8'?
}
// CHECK-NOT: error[

//--- more.nas
import "net.nas";
search { train { epochs = 10; quantize = int8; quantize_epochs = 11; } }
// CHECK: more.nas:2:66: error[NAS4105]: 'quantize_epochs' is 11, but there are only 10 epochs of training

//--- alone.nas
import "net.nas";
search { train { epochs = 10; quantize_epochs = 2; } }
// CHECK: alone.nas:2:31: error[NAS4105]: 'quantize_epochs' is given without 'quantize'
// CHECK: help: add 'quantize = int8;'

//--- one.nas
import "net.nas";
search { train { quantize = int8; quantize_epochs = 2; } }
// CHECK: one.nas:2:53: error[NAS4105]: 'quantize_epochs' is 2, but there is one epoch of training

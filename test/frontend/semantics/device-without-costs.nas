// RUN: split-file %s %t
// RUN: nasc --check %t/accepted.nas 2>&1 | count 0
// RUN: nasc --emit=cost %t/accepted.nas | FileCheck %t/accepted.nas
// RUN: not nasc --check %t/rejected.nas 2>&1 | FileCheck %t/rejected.nas
// RUN: not nasc --check %t/nothing.nas 2>&1 | FileCheck %t/nothing.nas
// RUN: not nasc --check %t/precision.nas 2>&1 | FileCheck %t/precision.nas

//--- accepted.nas
import "devices/stm32h743zi.nas";
device board { clock = 100 MHz; ram = 1 B; target = "cortex-m4"; }
space net(image: tensor[8, 8, 3]) -> classes(2) {
  choice units in {2, 4};
  return image |> global_average_pool |> dense(units) |> dense(units = 2);
}
limits { macs <= 1000; }
search { maximize accuracy; minimize latency on h743; prune; }
deploy { board { precision = int8; emit = [object]; } }
// CHECK: nas.device @board {{.*}} ram 1 
// CHECK: cost.function @net.costs
// CHECK-NOT: "board"
// CHECK: cost.metric "latency" on "h743"
// CHECK-NOT: cost.{{.*}}"board"

//--- rejected.nas
device board { clock = 100 MHz; target = "cortex-m4"; }
space net(image: tensor[8, 8, 3]) -> classes(2) {
  choice units in {2, 4};
  return image |> global_average_pool |> dense(units) |> dense(units = 2);
}
limits { ram on board <= 1 KiB; }
search { maximize accuracy; minimize latency on board; prune; }
deploy { board { precision = int8; emit = [object, cost]; } }
// CHECK-DAG: rejected.nas:6:10: error[NAS6102]: the device 'board' has no cost model, so that it has no ram
// CHECK-DAG: rejected.nas:7:38: error[NAS6102]: the device 'board' has no cost model, so that it has no latency
// CHECK-DAG: rejected.nas:8:10: error[NAS6102]: the device 'board' has no cost model, so that it has no analysis of costs

//--- nothing.nas
device board { clock = 100 MHz; }
// CHECK: nothing.nas:1:8: error[NAS4105]: the device 'board' has neither a cost model nor a target

//--- precision.nas
// The costs of host are of float32.
space net(image: tensor[8, 8, 3]) -> classes(2) {
  return image |> global_average_pool |> dense(units = 2);
}
limits { latency on host <= 1 ms; }
deploy { host { precision = int8; emit = [object]; } }
// CHECK: precision.nas:5:10: error[NAS6102]: the device 'host' has no cost model for the precision 'int8', so that it has no latency
// CHECK: note: it describes float32

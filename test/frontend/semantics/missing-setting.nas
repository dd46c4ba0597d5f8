// RUN: not nasc --check %s 2>&1 | FileCheck %s

dataset data = raw("x.bin") { element = int8; shape = [4]; }
device d { ram = 1 KiB; }
space net(image: tensor[8, 8, 3]) -> classes(2) {
  return image |> global_average_pool |> dense(units = 2);
}

// CHECK: error[NAS4105]: the dataset 'data' needs 'index'
// CHECK: error[NAS4105]: the dataset 'data' needs 'label'
// CHECK: error[NAS4105]: the device 'd' has no clock

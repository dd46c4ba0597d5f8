// RUN: split-file %s %t
// RUN: nasc --emit=nas %t/known.nas | FileCheck %t/known.nas
// RUN: not nasc --check %t/unknown.nas 2>&1 | FileCheck %t/unknown.nas

//--- known.nas
import "devices/stm32h743zi.nas";
import "devices/stm32l4r5zi.nas";
import "devices/generic_aarch64.nas";
import "devices/generic_riscv64.nas";
import "devices/generic_x86_64.nas";
import "devices/riscv32_microcontroller.nas";

space net(image: tensor[8, 8, 3]) -> classes(2) {
  return image |> global_average_pool |> dense(units = 2);
}
// A target without a cost model suffices for code, in every precision.
deploy {
  h743    { precision = int8;    emit = [cost, object]; }
  l4r5    { precision = int8;    emit = [cost, object]; }
  aarch64 { precision = float32; emit = [object]; }
  riscv64 { precision = int8;    emit = [c]; calibration = 1; }
  x86_64  { emit = [object, onnx]; }
  riscv32 { precision = int8; emit = [object]; }
}
// CHECK-DAG: nas.device @h743 {{.*}} target "cortex-m7" {
// CHECK-DAG: nas.device @l4r5 {{.*}} target "cortex-m4" {
// CHECK-DAG: nas.device @aarch64 {{.*}} target "aarch64" {
// CHECK-DAG: nas.device @riscv64 {{.*}} target "riscv64" {
// CHECK-DAG: nas.device @x86_64 {{.*}} target "x86-64" {
// CHECK-DAG: nas.device @riscv32 {{.*}} target "riscv32" {

//--- unknown.nas
device a { clock = 100 MHz; target = "cortex-m77"; }
// CHECK: unknown.nas:[[@LINE-1]]:38: error[NAS6103]: the device 'a' has the unknown target 'cortex-m77'
// CHECK: help: did you mean 'cortex-m7'?
// CHECK: help: the targets are host, x86-64, aarch64, riscv64, cortex-m7, cortex-m4, riscv32
device b { clock = 100 MHz; target = aarch46; }
// CHECK: unknown.nas:[[@LINE-1]]:38: error[NAS6103]: the target of the device 'b' must be a string, found the name 'aarch46'
// CHECK: help: write target = "aarch64"
device c { clock = 100 MHz; target = 7; }
// CHECK: unknown.nas:[[@LINE-1]]:38: error[NAS1006]
device d { clock = 100 MHz; target = "host"; target = "host"; }
// CHECK: unknown.nas:[[@LINE-1]]:46: error[NAS4102]: 'target' is set twice in the device 'd'
device e { target = "host"; }
// CHECK: unknown.nas:[[@LINE-1]]:8: error[NAS4105]: the device 'e' has no clock

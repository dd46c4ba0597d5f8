// RUN: not nasc --check %s 2>&1 | FileCheck %s

network resnet = onnx("a.onnx");
device a { clock = 1 GHz; target = "aarch64"; }
device b { clock = 1 GHz; target = "aarch64"; }
device c { clock = 1 GHz; target = "aarch64"; }
device d { clock = 1 GHz; target = "aarch64"; }
deploy {
  a { precision = float32; emit = [object]; rounding = single; calibration = 10 images; }
// CHECK-DAG: :[[@LINE-1]]:45: error[NAS6104]: 'rounding' is of int8, but the target 'a' has the precision 'float32'
// CHECK-DAG: :[[@LINE-2]]:64: error[NAS6104]: 'calibration' is of int8, but the target 'a' has the precision 'float32'
  b { precision = int8; emit = [object, onx, object]; rounding = dubble; calibration = 0 images; }
// CHECK-DAG: :[[@LINE-1]]:41: error[NAS4103]: 'emit' cannot be 'onx'
// CHECK-DAG: help: did you mean 'onnx'?
// CHECK-DAG: help: it is one of cost, object, c, onnx
// CHECK-DAG: :[[@LINE-4]]:46: error[NAS4102]: 'object' is given twice
// CHECK-DAG: :[[@LINE-5]]:66: error[NAS4103]: 'rounding' cannot be 'dubble'
// CHECK-DAG: help: did you mean 'double'?
// CHECK-DAG: :[[@LINE-7]]:88: error[NAS1025]: 'calibration' must be at least 1, but is 0
  c { precision = int8; emit = [object]; calibration = 10 ms; rouding = single; }
// CHECK-DAG: :[[@LINE-1]]:56: error[NAS1007]: 'calibration'
// CHECK-DAG: :[[@LINE-2]]:63: error[NAS4101]: the target 'c' has no setting 'rouding'
// CHECK-DAG: help: did you mean 'rounding'?
  d { emit = [object]; calibration = 10; }
// CHECK-DAG: :[[@LINE-1]]:24: error[NAS6104]: 'calibration' is of int8, but the target 'd' has the precision 'float32'
}

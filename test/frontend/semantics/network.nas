// RUN: nasc --emit=nas %s | FileCheck %s

// A network of a file has no choices: it is deployed without a search, and has
// to meet the limits.
network resnet = onnx("models/ic01_q.onnx") { data = photos; }
network plain = onnx("/models/plain.onnx");

dataset photos = cifar("data/cifar-10-batches-bin");

device board {
  clock = 100 MHz;
  target = "cortex-m7";
  precision int8 { elementwise { cycles_per_output = 1; } }
}

limits {
  ram on board <= 64 KiB;
  macs <= 20_000_000;
}

deploy {
  board { precision = int8; emit = [object, c, onnx, cost]; rounding = single; calibration = 500 images; }
  host { precision = int8; emit = object; rounding = double; }
}

// CHECK: nas.dataset @photos
// The costs of host are those of float32, which is not deployed there.
// CHECK: nas.device @host
// CHECK-SAME: target "host" {
// CHECK-NEXT: }
// CHECK: nas.device @board clock 100000000 precision int8 target "cortex-m7" {
// CHECK: nas.network @resnet kind "onnx" source "models/ic01_q.onnx" dataset @photos
// CHECK: nas.network @plain kind "onnx" source "/models/plain.onnx"{{$}}
// CHECK-NOT: nas.space
// CHECK: nas.limits @resnet {
// CHECK: nas.metric "ram" on @board
// CHECK: nas.limit "ram on board <= 64 KiB"
// CHECK: nas.metric "macs"
// CHECK: nas.limits @plain {
// CHECK: nas.limit "ram on board <= 64 KiB"
// CHECK: search.pipeline @resnet objectives [] seed 1 {
// CHECK-NEXT: %[[SPACE:.*]] = search.space
// CHECK-NEXT: search.deploy %[[SPACE]] on @board precision int8 emit [object, c, onnx, cost]
// CHECK-SAME: rounding single calibration 500 : !search.space
// CHECK-NEXT: search.deploy %[[SPACE]] on @host precision int8 emit [object] rounding double : !search.space
// CHECK: search.pipeline @plain objectives [] seed 1 {
// CHECK: search.deploy

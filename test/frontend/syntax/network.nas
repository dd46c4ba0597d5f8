// RUN: split-file %s %t
// RUN: nasc --emit=nas %t/name.nas | FileCheck %t/name.nas
// RUN: not nasc --check %t/errors.nas 2>&1 | FileCheck %t/errors.nas

// `network` begins an item, and is a name everywhere else.
//--- name.nas
dataset network = cifar("data");
block part(network, filters: int) {
  let step = 3;
  var y = network;
  y = y;
  return y |> conv2d(filters = filters, kernel = step) |> relu;
}
space linear(image: network.image) -> network.label {
  choice networks in {2, 4};
  var x = image;
  x = part(network = x, filters = networks);
  return x |> global_average_pool |> dense(units = 10);
}
network other = onnx("other.onnx") { data = network; }
// CHECK: nas.dataset @network
// CHECK: nas.network @other kind "onnx" source "other.onnx" dataset @network
// CHECK: nas.space @linear

//--- errors.nas
netwerk a = onnx("a.onnx");
// CHECK: errors.nas:[[@LINE-1]]:1: error[NAS0023]: unknown item 'netwerk'
// CHECK: help: did you mean 'network'?
model b = onnx("b.onnx");
// CHECK: errors.nas:[[@LINE-1]]:1: error[NAS0023]: unknown item 'model'
// CHECK: help: did you mean 'network'?
network = onnx("c.onnx");
// CHECK: errors.nas:[[@LINE-1]]:9: error[NAS0020]: expected a name, found '='
network d = "d.onnx";
// CHECK: errors.nas:[[@LINE-1]]:13: error[NAS0020]: expected a name, found the string "d.onnx"
network e = onnx("e.onnx") { data { } }
// CHECK: errors.nas:[[@LINE-1]]:30: error[NAS0036]: a section cannot stand in a network
network f = onnx("f.onnx";
// CHECK: errors.nas:[[@LINE-1]]:26: error[NAS0026]: expected ')', found ';'
// A forgotten brace: the next line begins an item.
block part(x) {
  return x |> relu;
network h = onnx("h.onnx");
// CHECK: errors.nas:[[@LINE-2]]:20: error[NAS0026]: expected '}', found the keyword 'network'
// CHECK: errors.nas:[[@LINE-4]]:15: note: to close this '{'
// CHECK-NOT: error[

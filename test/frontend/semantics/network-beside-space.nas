// RUN: split-file %s %t
// RUN: nasc --emit=nas %t/searched.nas | FileCheck %t/searched.nas
// RUN: nasc --emit=nas %t/deployed.nas | FileCheck %t/deployed.nas

//--- searched.nas
// Limits are of the space, and what the search finds is what is deployed.
network other = onnx("other.onnx");
space net(image: tensor[8, 8, 3]) -> classes(2) {
  choice units in {2, 4};
  return image |> global_average_pool |> dense(units) |> dense(units = 2);
}
limits { units >= 2; }
search { prune; }
deploy { host { precision = float32; emit = [object]; } }

// CHECK: nas.network @other
// CHECK: nas.space @net
// CHECK-NOT: nas.limits @other
// CHECK: nas.limits @net
// CHECK-NOT: search.pipeline @other
// CHECK: search.pipeline @net
// CHECK: search.prune
// CHECK: search.deploy {{.*}} on @host precision float32 emit [object] : !search.space
// CHECK-NOT: search.pipeline

//--- deployed.nas
network other = onnx("other.onnx");
space net(image: tensor[8, 8, 3]) -> classes(2) {
  return image |> global_average_pool |> dense(units = 2);
}
deploy { host { precision = float32; emit = [object]; } }

// CHECK: nas.space @net
// CHECK: search.pipeline @other
// CHECK-NEXT: search.space
// CHECK-NEXT: search.deploy {{.*}} on @host precision float32 emit [object] : !search.space
// CHECK-NOT: search.pipeline

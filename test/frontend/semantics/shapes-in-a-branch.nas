// A layer that fits in no architecture that has it names the choices that lead
// to it, and a mistake of several rounds is said once, with one architecture.
// RUN: split-file %s %t
// RUN: not nasc --check %t/branch.nas 2>&1 | FileCheck %s --check-prefix=BRANCH
// RUN: not nasc --check %t/groups.nas 2>&1 | FileCheck %s --check-prefix=GROUPS
// RUN: not nasc --check %t/rounds.nas 2>&1 | FileCheck %s --check-prefix=ROUNDS
// RUN: nasc --check %t/fits.nas

//--- branch.nas
space net(image: tensor[12, 7, 4]) -> classes(2) {
  choice b in {1, 2};
  var x = image;
  if b == 2 {
    x = add(x, x |> depthwise_conv2d(kernel = 1, stride = 2));
    x = x |> dense(units = 3) |> conv2d(4, 3);
  }
  return x |> global_average_pool |> dense(units = 2);
}
// BRANCH: branch.nas:5:9: error[NAS2004]: add: expected tensors of one shape, found 12×7×4 and 6×4×4, in architectures with b=2

//--- groups.nas
space net(image: tensor[8, 8, 1]) -> classes(2) {
  choice g in {1, 2};
  return image |> conv2d(4, 3, groups = g) |> global_average_pool |> dense(units = 2);
}
// GROUPS: error[NAS2004]: conv2d: expected groups (2) that divide the channels (1) and the filters (4), in architectures with g=2

//--- rounds.nas
space net(image: tensor[16, 16, 8]) -> classes(2) {
  var x = image;
  repeat i in 1..4 {
    choice wide in {8, 16};
    x = add(x, x |> conv2d(wide, 3));
  }
  return x |> global_average_pool |> dense(units = 2);
}
// ROUNDS: error[NAS2004]: add: expected tensors of one shape, found 16×16×8 and 16×16×16, in architectures with wide[1]=16
// ROUNDS-NOT: error

//--- fits.nas
space net(image: tensor[12, 8, 4]) -> classes(2) {
  choice b in {1, 2};
  var x = image;
  if b == 2 {
    x = add(x, x |> depthwise_conv2d(kernel = 3, padding = same));
  }
  return x |> global_average_pool |> dense(units = 2);
}

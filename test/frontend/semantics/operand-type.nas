// RUN: not nasc --check %s 2>&1 | FileCheck %s

space net(image: tensor[8, 8, 3]) -> classes(2) {
  choice n in 1..3;
  var x = image;
  if n and true { x = relu(x); }
  return image |> global_average_pool |> dense(units = 2);
}

// CHECK: error[NAS1027]: 'and' needs truth values, not an integer

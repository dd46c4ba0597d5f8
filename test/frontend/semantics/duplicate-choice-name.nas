// RUN: not nasc --check %s 2>&1 | FileCheck %s

space net(image: tensor[8, 8, 3]) -> classes(2) {
  choice b in {true, false};
  var x = image;
  if b { choice k in {3, 5}; x = conv2d(x, 3, k); } else { choice k in {3, 7}; x = conv2d(x, 3, k); }
  return image |> global_average_pool |> dense(units = 2);
}

// CHECK: error[NAS2002]: two choices have the name 'k'
// CHECK: help: choices in different branches need different names

// RUN: not nasc --check %s 2>&1 | FileCheck %s

space net(image: tensor[8, 8, 3]) -> classes(2) {
  return image |> global_average_pool |> dense(units = 2);
}
search { train { schedule = cosin; } }

// CHECK: error[NAS4103]: the schedule cannot be 'cosin'
// CHECK: did you mean 'cosine'?

// RUN: nasc --check %s 2>&1 | FileCheck %s

space net(image: tensor[8, 8, 3]) -> classes(2) {
  return image |> global_average_pool |> dense(units = 2);
}
search { maximize macs; }

// CHECK: warning[NAS4110]: 'maximize macs' prefers worse networks
// CHECK: help: write 'minimize macs'

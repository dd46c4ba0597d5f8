// 0 done, 1 diagnostics, 2 wrong usage, 3 nothing is feasible.
// RUN: nasc %s --check
// RUN: not nasc %s --arch 'width=9' --emit=cost 2>&1 | FileCheck %s --check-prefix=VALUE
// RUN: bash -c 'nasc %s --arch width=9 --emit=cost; test $? -eq 1'
// RUN: bash -c 'nasc --no-such-option; test $? -eq 2'
// RUN: bash -c 'nasc %s; test $? -eq 2'
// RUN: sed 's/<= 3000/<= 30/' %s > %t.nas
// RUN: bash -c 'nasc %t.nas --emit=pruned; test $? -eq 3'
// RUN: not nasc %t.nas --emit=pruned --diagnostics=json 2>&1 | FileCheck %s --check-prefix=JSON

// VALUE: has no value '9'
// JSON: {{.*}}NAS3001

space s(image: tensor[8, 8, 3]) -> classes(4) {
  choice width in {8, 16};
  return image |> conv2d(width, 3) |> global_average_pool |> dense(units = 4);
}

limits {
  weights <= 3000;
}

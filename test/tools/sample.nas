// --sample draws from all feasible architectures, each as likely as the others:
// not from depths, and not from assignments. What it prints --arch reads.
// RUN: nasc %s --sample 600 | sort -u | FileCheck %s
// RUN: nasc %s --sample 3000 | grep -c depth=1 | FileCheck %s --check-prefix=SHARE
// RUN: nasc %s --sample 1 -o %t.one
// RUN: bash -c 'nasc %s --arch "$(cat %t.one)" --emit=cost --json' | %python %S/../examples/json_get.py feasible | FileCheck %s --check-prefix=FEASIBLE
// RUN: nasc %s --sample 200 --json | sort -u | FileCheck %s --check-prefix=JSON

// The seed is that of the search, unless --seed says another.
// RUN: nasc %s --sample 50 > %t.default
// RUN: nasc %s --sample 50 --seed 3 | cmp - %t.default
// RUN: nasc %s --sample 50 --seed 4 -o %t.other
// RUN: not cmp %t.other %t.default

// RUN: bash -c 'nasc %s --sample 0; test $? -eq 2'
// RUN: not nasc %s --sample 0 2>&1 | FileCheck %s --check-prefix=NUMBER
// RUN: not nasc %s --sample some 2>&1 | FileCheck %s --check-prefix=NUMBER
// RUN: not nasc %s --sample -1 2>&1 | FileCheck %s --check-prefix=NUMBER
// RUN: not nasc %s --sample 1000000001 2>&1 | FileCheck %s --check-prefix=NUMBER
// RUN: not nasc %s --sample 2 --emit=cost 2>&1 | FileCheck %s --check-prefix=ALONE
// RUN: sed 's/weights <= 1700/weights <= 17/' %s > %t.nas
// RUN: bash -c 'nasc %t.nas --sample 2; test $? -eq 3'

// CHECK-NOT: {{.}}
// CHECK: depth=1,width[1]=16{{$}}
// CHECK-NEXT: depth=1,width[1]=8{{$}}
// CHECK-NEXT: depth=2,width[1]=16,width[2]=8{{$}}
// CHECK-NEXT: depth=2,width[1]=8,width[2]=16{{$}}
// CHECK-NEXT: depth=2,width[1]=8,width[2]=8{{$}}
// CHECK-NOT: {{.}}
// Two of five.
// SHARE: {{^(11[5-9][0-9]|12[0-4][0-9])$}}
// FEASIBLE: feasible = true
// JSON: {"architecture":{"depth":1,"width[1]":16}}
// JSON-NEXT: {"architecture":{"depth":1,"width[1]":8}}
// JSON-NEXT: {"architecture":{"depth":2,"width[1]":16,"width[2]":8}}
// NUMBER: error[NAS9005]: '--sample' must be from 1 to 1000000000, but is '{{0|some|-1|1000000001}}'
// ALONE: error[NAS9004]: {{.*}}'--sample'

space s(image: tensor[8, 8, 3]) -> classes(4) {
  choice depth in 1..2;
  var x = image;
  repeat i in 1..depth {
    choice width in {8, 16, 64};
    x = x |> conv2d(width, 3) |> relu;
  }
  return x |> global_average_pool |> dense(units = 4);
}

limits {
  weights <= 1700;
}

search {
  maximize accuracy;
  evolve { population = 4; evaluations = 6; train = 1 epoch; }
  seed = 3;
}

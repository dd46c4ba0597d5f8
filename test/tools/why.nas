// Why a value of a choice is possible, or not.
// RUN: nasc %s --why 'width[1]=16' | FileCheck %s --check-prefix=HAS
// RUN: nasc %s --why 'depth=3' | FileCheck %s --check-prefix=REMOVED
// RUN: nasc %s --why 'depth=3' --json | FileCheck %s --check-prefix=JSON
// RUN: nasc %s --why ' width[1] = 16 ' --json -o %t.json && FileCheck %s --check-prefix=HASJSON < %t.json
// RUN: not nasc %s --why 'widht[1]=16' 2>&1 | FileCheck %s --check-prefix=NAME
// RUN: not nasc %s --why 'width[1]=17' 2>&1 | FileCheck %s --check-prefix=VALUE
// RUN: not nasc %s --why 'width[1]' 2>&1 | FileCheck %s --check-prefix=FORM
// RUN: not nasc %s --why 'depth=1,width[1]=16' 2>&1 | FileCheck %s --check-prefix=ONE
// RUN: bash -c 'nasc %s --why depth=1 --check; test $? -eq 2'
// RUN: sed 's/sum(i/macs < 0; sum(i/' %s > %t.empty.nas
// RUN: bash -c 'nasc %t.empty.nas --why depth=1; test $? -eq 3' 2>&1 | FileCheck %s --check-prefix=EMPTY

// HAS: width[1]=16 occurs in 1 of 6 feasible architectures
// HAS-NEXT: such as depth=1,width[1]=16

// REMOVED: depth=3 occurs in no feasible architecture: a limit excludes it
// REMOVED-NEXT: why.nas:{{[0-9]+}}:3: sum(i in 1..depth: width[i]) <= 20
// REMOVED-NEXT: at least 24 would be needed, attained by depth=3,width[1]=8,width[2]=8,width[3]=8

// JSON: "checked_twice": true
// JSON: "choice": "depth"
// JSON: "bound": 24
// JSON: "checked_twice": true
// JSON: "excluded": 23
// JSON: "nearest": true
// JSON: "text": "24"
// JSON: "remedy": "other_bound"
// JSON: "text": "sum(i in 1..depth: width[i]) <= 20"
// JSON: "minimal": true
// JSON: "status": "removed"
// JSON: "value": 3
// HASJSON: "feasible": "6"
// HASJSON: "status": "feasible"
// HASJSON: "with_value": "1"

// NAME: --why: error[NAS9009]: the space has no choice 'widht[1]'
// NAME: help: did you mean 'width[1]'?
// VALUE: error[NAS9009]: the choice 'width[1]' has no value '17'
// VALUE: help: its values are 8, 12, 16
// FORM: error[NAS9009]: expected name=value, found 'width[1]'
// ONE: error[NAS9009]: expected one name=value, found 2
// EMPTY: error[NAS3001]: no architecture meets the limit 'macs < 0'

space s(image: tensor[8, 8, 3]) -> classes(4) {
  choice depth in 1..3;
  var x = image;
  repeat i in 1..depth {
    choice width in {8, 12, 16};
    x = x |> conv2d(width, 3);
  }
  return x |> global_average_pool |> dense(units = 4);
}
limits {
  sum(i in 1..depth: width[i]) <= 20;
}

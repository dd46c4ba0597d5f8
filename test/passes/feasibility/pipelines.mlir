// The named pipelines are the passes in their order.
// RUN: nas-opt --nas-to-expanded %s | FileCheck %s --check-prefixes=EXPANDED
// RUN: nas-opt --nas-to-cost %s | FileCheck %s --check-prefixes=EXPANDED,COST
// RUN: nas-opt --nas-expand --nas-infer-shapes --nas-check-shapes --nas-derive-costs %s -o %t.passes
// RUN: nas-opt --nas-to-cost %s | cmp - %t.passes
// RUN: nas-opt --nas-to-checked --dump-pass-pipeline %s 2>&1 >/dev/null | FileCheck %s --check-prefix=CHECKED

// EXPANDED: nas.dense {{.*}} -> !nas.tensor<?>
// COST: cost.function @s.costs
// CHECKED: nas-expand{{.*}}nas-infer-shapes{{.*}}nas-check-shapes

nas.space @s(%x: !nas.tensor<4>) -> !nas.tensor<2> {
  %width = nas.choice "width" integers [4, 8] : !cost.int<4 to 8>
  %two = cost.constant 2 : <2>
  %0 = nas.dense %x units %width bias : (!nas.tensor<4>, !cost.int<4 to 8>) -> !nas.tensor<*>
  %1 = nas.dense %0 units %two bias : (!nas.tensor<*>, !cost.int<2>) -> !nas.tensor<*>
  nas.return %1 : !nas.tensor<*>
}

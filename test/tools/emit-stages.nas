// Every stage prints IR that nas-opt reads again.
// RUN: nasc %s --emit=nas | nas-opt | FileCheck %s --check-prefix=NAS
// RUN: nasc %s --emit=expanded | nas-opt | FileCheck %s --check-prefix=EXPANDED
// RUN: nasc %s --emit=cost | nas-opt | FileCheck %s --check-prefix=COST
// RUN: nasc %s --emit=pruned | nas-opt | FileCheck %s --check-prefix=PRUNED
// RUN: nasc %s --arch 'width=8,depth=1' --emit=network | nas-opt | FileCheck %s --check-prefix=NETWORK
// RUN: nasc %s --arch 'width=8,depth=1' --emit=tosa | nas-opt | FileCheck %s --check-prefix=TOSA
// RUN: nasc %s --arch 'width=8,depth=1' --emit=linalg | nas-opt | FileCheck %s --check-prefix=LINALG
// RUN: nasc %s --arch 'width=8,depth=1' --emit=llvm | nas-opt | FileCheck %s --check-prefix=LLVM
// RUN: nasc %s --arch 'width=8,depth=1' --emit=asm | FileCheck %s --check-prefix=ASM

// NAS: nas.repeat
// EXPANDED-NOT: nas.repeat
// EXPANDED: nas.if
// COST: cost.function @s.costs
// PRUNED: nas.choice "width" integers [8, 16]
// PRUNED-NOT: 16, 64]
// NETWORK-NOT: nas.choice
// NETWORK: nas.conv2d {{.*}} padding <explicit 1, 1, 1, 1> bias name "conv2d[1]"
// TOSA: tosa.conv2d
// LINALG: linalg.
// LLVM: llvm.func @s
// ASM: .globl{{.*}}s

space s(image: tensor[8, 8, 3]) -> classes(4) {
  choice width in {8, 16, 64};
  choice depth in 1..2;
  var x = image;
  repeat i in 1..depth { x = x |> conv2d(width, 3) |> relu; }
  return x |> global_average_pool |> dense(units = 4);
}

limits {
  weights <= 1500;
}

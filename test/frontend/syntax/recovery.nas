// Several errors are reported in one run, each with its line.
// RUN: not nasc --check %s 2>&1 | FileCheck %s --strict-whitespace

spcae tiny(image: tensor[8, 8, 1]) -> classes(2) {
  choice stem in {8, 16}
  let a = conv2d(image, 8, 3;
  for i in 1..3 { let b = ; }
  if stem = 8 { return image; }
  return image |> flatten |> dense(units = 2);
}

limits { latency on h743 <= 20 msec; }

// CHECK: recovery.nas:4:1: error[NAS0023]: unknown item 'spcae'
// CHECK-NEXT:     4 | spcae tiny(image: tensor[8, 8, 1]) -> classes(2) {
// CHECK-NEXT:       | ^~~~~
// CHECK-NEXT:   help: did you mean 'space'?
// CHECK: recovery.nas:5:25: error[NAS0021]: expected ';' behind '}'
// CHECK: recovery.nas:6:29: error[NAS0026]: expected ')', found ';'
// CHECK: recovery.nas:6:17: note: to close this '('
// CHECK: recovery.nas:7:3: error[NAS0024]: unknown statement 'for'
// CHECK: recovery.nas:7:27: error[NAS0020]: expected an expression, found ';'
// CHECK: recovery.nas:8:11: error[NAS0022]: '=' does not compare
// CHECK: recovery.nas:12:32: error[NAS0017]: unknown unit 'msec'
// CHECK: help: did you mean 'ms'?

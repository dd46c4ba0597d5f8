// RUN: not nasc --check %s 2>&1 | FileCheck %s

space s(x: tensor[8, 8, 1]) -> classes(4) {
  choice w in {8, 16};
  choice depth in 1..2;
  let f = x |> conv2d(filters = w, kernel = 3);
  var v = 3;
  let u = v + w;
  let macs = 2 * w;
  repeat i in 1..depth { choice z in {1, 2}; let inner = z + 1; }
  return f |> conv2d(filters = macs, kernel = 1) |> global_average_pool |> dense(units = 4);
}

limits {
  // CHECK: [[#@LINE+1]]:3: error[NAS3112]: 'f' cannot be used in a limit
  f <= 3;
  // CHECK: [[#@LINE+1]]:3: error[NAS3112]: 'u' cannot be used in a limit
  u <= 12;
  // CHECK: note: 'v' is no number that choices of the space alone decide
  // CHECK: [[#@LINE+1]]:3: error[NAS3104]: there is no choice 'inner'
  inner <= 3;
  // CHECK: [[#@LINE+1]]:3: error[NAS1005]: 'macs' is a metric, and the space has a name of this spelling
  macs <= 32;
}

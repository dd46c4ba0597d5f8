// RUN: not nasc --check %s 2>&1 | FileCheck %s

space net(x: tensor[64]) -> tensor[64] { return x |> dense(units = 64); }
search { train { loss = cross_entropy; } }

// CHECK: error[NAS4111]: cross-entropy needs classes

// RUN: not nasc --check %s 2>&1 | FileCheck %s

space net(image) { return image; }

// CHECK: error[NAS2113]: the input of a space needs a type
// CHECK: error[NAS2113]: the space does not say what it returns

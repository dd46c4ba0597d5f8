// RUN: split-file %s %t
// RUN: not nasc --check %t/errors.nas 2>&1 | FileCheck %t/errors.nas
// RUN: not nasc --check %t/names.nas 2>&1 | FileCheck %t/names.nas
// RUN: not nasc --check %t/search.nas 2>&1 | FileCheck %t/search.nas
// RUN: not nasc --check %t/choice.nas 2>&1 | FileCheck %t/choice.nas
// RUN: not nasc --check %t/value.nas 2>&1 | FileCheck %t/value.nas

//--- errors.nas
dataset photos = cifar("data");
network one = onx("a.onnx");
// CHECK: errors.nas:[[@LINE-1]]:15: error[NAS6105]: unknown format of networks 'onx'
// CHECK: help: did you mean 'onnx'?
network two = onnx("a.onnx", "b.onnx");
// CHECK: errors.nas:[[@LINE-1]]:15: error[NAS6105]: the network 'two' is read from one file, found 2
// CHECK: help: write 'network two = onnx("FILE");'
network three = onnx("");
// CHECK: errors.nas:[[@LINE-1]]:22: error[NAS6105]: the name of the file is empty
network four = onnx(file = "a.onnx");
// CHECK: errors.nas:[[@LINE-1]]:21: error[NAS1012]: the file of the network 'four' has no name
network five = onnx(8);
// CHECK: errors.nas:[[@LINE-1]]:21: error[NAS1006]
network six = onnx("a.onnx") { data = foto; }
// CHECK: errors.nas:[[@LINE-1]]:39: error[NAS1002]: unknown dataset 'foto'
network seven = onnx("a.onnx") { data = six; }
// CHECK: errors.nas:[[@LINE-1]]:41: error[NAS1004]: 'six' is no dataset but a network
// CHECK: note: it is defined here
network eight = onnx("a.onnx") { data = "photos"; }
// CHECK: errors.nas:[[@LINE-1]]:41: error[NAS1006]: the data of the network 'eight' must be the name of a dataset
network nine = onnx("a.onnx") { dta = photos; }
// CHECK: errors.nas:[[@LINE-1]]:33: error[NAS4101]: the network 'nine' has no setting 'dta'
// CHECK: help: did you mean 'data'?
network ten = onnx("a.onnx") { data = phtos; }
// CHECK: errors.nas:[[@LINE-1]]:39: error[NAS1002]: unknown dataset 'phtos'
// CHECK: help: did you mean 'photos'?

//--- names.nas
network ten = onnx("a.onnx");
space ten { choice a in 1..2; }
// CHECK: names.nas:[[@LINE-1]]:7: error[NAS1001]: 'ten' is defined twice
// CHECK: note: the first definition is here
network relu = onnx("a.onnx");
// CHECK: names.nas:[[@LINE-1]]:9: error[NAS1005]: 'relu' is the name of a built-in layer

//--- search.nas
network resnet = onnx("a.onnx");
search { prune; }
// CHECK: search.nas:[[@LINE-1]]:1: error[NAS2111]: there is nothing to search: the specification has networks of files and no space
// CHECK: search.nas:1:9: note: a network is here
// CHECK: help: leave 'search' out, or add a space

//--- choice.nas
network resnet = onnx("a.onnx");
limits {
  depth <= 3;
// CHECK: choice.nas:[[@LINE-1]]:3: error[NAS3104]: there is no choice 'depth': the specification has no space
// CHECK: choice.nas:1:9: note: a network is here
  resnet <= 3;
// CHECK: choice.nas:[[@LINE-1]]:3: error[NAS1004]: 'resnet' is a network and has no value
  mac <= 3;
// CHECK: choice.nas:[[@LINE-1]]:3: error[NAS1002]: unknown name 'mac'
// CHECK: help: did you mean 'macs'?
}

//--- value.nas
network resnet = onnx("a.onnx");
space net(image: resnet.image) -> classes(2) {
  return image |> global_average_pool |> dense(units = resnet);
}
// CHECK: value.nas:2:18: error[NAS1004]: 'resnet' is no dataset but a network
// CHECK: value.nas:3:56: error[NAS1004]: 'resnet' is a network and has no value

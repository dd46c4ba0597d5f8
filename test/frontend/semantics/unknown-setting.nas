// RUN: not nasc --check %s 2>&1 | FileCheck %s

dataset data = cifar("x.bin") { validaton = 100 images; }
space net(image: tensor[8, 8, 3]) -> classes(2) {
  return image |> global_average_pool |> dense(units = 2);
}
search { sead = 1; evolv { } }

// CHECK: error[NAS4101]: the dataset 'data' has no setting 'validaton'
// CHECK: did you mean 'validation'?
// CHECK: error[NAS4101]: unknown stage 'evolv'
// CHECK: error[NAS4101]: 'search' has no setting 'sead'

// RUN: not nasc --check %s 2>&1 | FileCheck %s

space net(image: tensor[8, 8, 1]) -> classes(2) {
  return image |> global_average_pool |> dense(units = 2);
}

search {
  maximize accuracy;
  // CHECK: error[NAS1025]: 'batch' must be at least 1, but is 0
  // CHECK: error[NAS1025]: 'learning_rate' must be greater than 0, but is 0
  // CHECK: error[NAS1025]: 'momentum' must be less than 1, but is 1
  evolve { population = 2; evaluations = 4; optimizer = sgd(learning_rate = 0.0, momentum = 1.0);
           batch = 0; }
  // CHECK: error[NAS1025]: 'label_smoothing' must be less than 1, but is 1
  // CHECK: error[NAS4112]: 'keep' is 5, but only 4 networks are evaluated before
  train { keep = 5; epochs = 1; label_smoothing = 1.0; }
}

// RUN: nas-opt %s | nas-opt | FileCheck %s

// The examples of the operations' descriptions (test/docs/op_examples.test
// compares the two).

nas.space @tiny(%image: !nas.tensor<10>) -> !nas.tensor<10> {
  nas.return %image : !nas.tensor<10>
}
nas.device @host clock 1000 {
}
nas.device @h743 clock 1000 {
}

// CHECK: search.pipeline @tiny objectives [#search.objective<maximize "accuracy">] seed 1 {
// CHECK-NEXT: %[[SPACE:.*]] = search.space
// CHECK-NEXT: %[[PRUNED:.*]] = search.prune %[[SPACE]]
// CHECK-NEXT: %[[EVOLVED:.*]] = search.evolve %[[PRUNED]] population 24 evaluations 96 training <epochs = 1>
// CHECK-NEXT: %[[TRAINED:.*]] = search.train %[[EVOLVED]] keep 3 training <epochs = 8> : !search.population
// CHECK-NEXT: search.deploy %[[TRAINED]] on @host precision float32 emit [object] : !search.population
search.pipeline @tiny objectives [#search.objective<maximize "accuracy">] seed 1 {
  %0 = search.space
  %1 = search.prune %0
  %2 = search.evolve %1 population 24 evaluations 96 training <epochs = 1>
  %3 = search.train %2 keep 3 training <epochs = 8> : !search.population
  search.deploy %3 on @host precision float32 emit [object] : !search.population
}

// CHECK: search.pipeline @tiny objectives [] seed 1 {
// CHECK-NEXT: search.space
// CHECK-NEXT: }
search.pipeline @tiny objectives [] seed 1 {
  %0 = search.space
}

// CHECK: search.prune %{{.*}} timeout 30000
search.pipeline @tiny objectives [] seed 1 {
  %0 = search.space
  %1 = search.prune %0 timeout 30000
}

// CHECK: search.evolve %{{.*}} population 24 evaluations 96 training <epochs = 1, images = 10000>
search.pipeline @tiny objectives [] seed 1 {
  %0 = search.space
  %1 = search.evolve %0 population 24 evaluations 96 training <epochs = 1, images = 10000>
}

// CHECK: search.train %{{.*}} keep 3 training <epochs = 8> : !search.population
search.pipeline @tiny objectives [] seed 1 {
  %0 = search.space
  %1 = search.evolve %0 population 24 evaluations 96 training <epochs = 1>
  %2 = search.train %1 keep 3 training <epochs = 8> : !search.population
}

// CHECK: search.train %{{.*}} keep 1 training <epochs = 1> : !search.space
// CHECK: search.deploy %{{.*}} on @h743 precision int8 emit [object, c] rounding double calibration 500
search.pipeline @tiny objectives [] seed 1 {
  %0 = search.space
  %1 = search.train %0 keep 1 training <epochs = 1> : !search.space
  search.deploy %1 on @host precision float32 emit [object] : !search.population
  search.deploy %1 on @h743 precision int8 emit [object, c] rounding double calibration 500 : !search.population
}

// What the examples leave out.
// CHECK: search.pipeline @tiny objectives [#search.objective<minimize "latency" on @h743>] seed 7 threads 2 time_limit 900 {
// CHECK: search.evolve %{{.*}} population 4 evaluations 8 crossover 5.000000e-01 mutation 1.000000e-01 training <epochs = 1, batch = 128 : i64, learning_rate = #search.choice<"rate">>
// CHECK: search.train %{{.*}} keep 1 checkpoint 2 training <epochs = 3, optimizer = sgd, learning_rate = 1.000000e-01 : f64, schedule = step, step_every = 2, loss = mean_squared_error, quantize = int8, quantize_epochs = 1> : !search.population
search.pipeline @tiny objectives [#search.objective<minimize "latency" on @h743>] seed 7 threads 2 time_limit 900 {
  %0 = search.space
  %1 = search.evolve %0 algorithm nsga2 population 4 evaluations 8 crossover 0.5 mutation 0.1
      training <epochs = 1, batch = 128, learning_rate = #search.choice<"rate">>
  %2 = search.train %1 keep 1 checkpoint 2 training <epochs = 3, optimizer = sgd, learning_rate = 0.1, schedule = step, step_every = 2, loss = mean_squared_error, quantize = int8, quantize_epochs = 1> : !search.population
}

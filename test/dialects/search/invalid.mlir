// RUN: nas-opt %s -verify-diagnostics -split-input-file

// expected-error@+1 {{expected the symbol of a nas.space or a nas.network, found @missing}}
search.pipeline @missing objectives [] seed 1 {
}

// -----

nas.space @s() {
  nas.return
}
// expected-error@+2 {{expected ::nasc::search::Direction to be one of: minimize, maximize}}
// expected-error@+1 {{failed to parse Search_ObjectiveAttr parameter 'direction'}}
search.pipeline @s objectives [#search.objective<raise "accuracy">] seed 1 {
}

// -----

nas.space @s() {
  nas.return
}
// expected-error@+1 {{expected the name of a metric}}
search.pipeline @s objectives [#search.objective<maximize "">] seed 1 {
}

// -----

nas.space @s() {
  nas.return
}
search.pipeline @s objectives [] seed 1 {
  %0 = search.space
  // expected-error@+1 {{expected string or keyword containing one of the following enum values for attribute 'algorithm' [nsga2]}}
  %1 = search.evolve %0 algorithm random population 1 evaluations 1 training <epochs = 1>
}

// -----

nas.space @s() {
  nas.return
}
search.pipeline @s objectives [] seed 1 {
  %0 = search.space
  // expected-error@+1 {{expected a population of at least 1, found 0}}
  %1 = search.evolve %0 population 0 evaluations 1 training <epochs = 1>
}

// -----

nas.space @s() {
  nas.return
}
search.pipeline @s objectives [] seed 1 {
  %0 = search.space
  // expected-error@+1 {{expected evaluations of at least 1, found 0}}
  %1 = search.evolve %0 population 1 evaluations 0 training <epochs = 1>
}

// -----

nas.space @s() {
  nas.return
}
search.pipeline @s objectives [] seed 1 {
  %0 = search.space
  // expected-error@+1 {{expected a crossover between 0 and 1}}
  %1 = search.evolve %0 population 1 evaluations 1 crossover 1.5 training <epochs = 1>
}

// -----

nas.space @s() {
  nas.return
}
search.pipeline @s objectives [] seed 1 {
  %0 = search.space
  // expected-error@+1 {{expected a mutation between 0 and 1}}
  %1 = search.evolve %0 population 1 evaluations 1 mutation -0.1 training <epochs = 1>
}

// -----

nas.space @s() {
  nas.return
}
search.pipeline @s objectives [] seed 1 {
  %0 = search.space
  // expected-error@+1 {{expected networks to keep of at least 1, found 0}}
  %1 = search.train %0 keep 0 training <epochs = 1> : !search.space
}

// -----

nas.space @s() {
  nas.return
}
search.pipeline @s objectives [] seed 1 {
  %0 = search.space
  // expected-error@+1 {{expected epochs between checkpoints of at least 1, found 0}}
  %1 = search.train %0 keep 1 checkpoint 0 training <epochs = 1> : !search.space
}

// -----

// expected-error@+1 {{expects parent op 'search.pipeline'}}
%0 = search.space

// -----

nas.space @s() {
  nas.return
}
// A population is no space.
search.pipeline @s objectives [] seed 1 {
  %0 = search.space
  // expected-note@+1 {{prior use here}}
  %1 = search.train %0 keep 1 training <epochs = 1> : !search.space
  // expected-error@+1 {{use of value '%1' expects different type than prior uses: '!search.space' vs '!search.population'}}
  %2 = search.prune %1
}

// -----

nas.space @s() {
  nas.return
}
// expected-error@+1 {{expected the symbol of a nas.device, found @h743}}
search.pipeline @s objectives [#search.objective<minimize "latency" on @h743>] seed 1 {
}

// -----

nas.space @s() {
  nas.return
}
// A setting that is spelled wrong is no default.
search.pipeline @s objectives [] seed 1 {
  %0 = search.space
  // expected-error@+1 {{duplicate or unknown struct parameter name: epoch}}
  %1 = search.train %0 keep 1 training <epoch = 8> : !search.space
}

// -----

nas.space @s() {
  nas.return
}
search.pipeline @s objectives [] seed 1 {
  %0 = search.space
  // expected-error@+1 {{expected 'epochs' of at least 1, found 0}}
  %1 = search.train %0 keep 1 training <epochs = 0> : !search.space
}

// -----

nas.space @s() {
  nas.return
}
search.pipeline @s objectives [] seed 1 {
  %0 = search.space
  // expected-error@+1 {{expected 'batch' of at least 1, found 0}}
  %1 = search.train %0 keep 1 training <epochs = 1, batch = 0> : !search.space
}

// -----

nas.space @s() {
  nas.return
}
search.pipeline @s objectives [] seed 1 {
  %0 = search.space
  // expected-error@+1 {{expected 'batch' to be an integer or a #search.choice, found "many"}}
  %1 = search.train %0 keep 1 training <epochs = 1, batch = "many"> : !search.space
}

// -----

nas.space @s() {
  nas.return
}
search.pipeline @s objectives [] seed 1 {
  %0 = search.space
  // expected-error@+1 {{expected 'learning_rate' to be a real number or a #search.choice}}
  %1 = search.train %0 keep 1 training <epochs = 1, learning_rate = 1> : !search.space
}

// -----

nas.space @s() {
  nas.return
}
search.pipeline @s objectives [] seed 1 {
  %0 = search.space
  // expected-error@+1 {{expected 'momentum' to be no less than 0}}
  %1 = search.train %0 keep 1 training <epochs = 1, momentum = -0.5> : !search.space
}

// -----

nas.space @s() {
  nas.return
}
search.pipeline @s objectives [] seed 1 {
  %0 = search.space
  // expected-error@+1 {{expected 'quantize' and 'quantize_epochs', or neither}}
  %1 = search.train %0 keep 1 training <epochs = 4, quantize_epochs = 1> : !search.space
}

// -----

nas.space @s() {
  nas.return
}
search.pipeline @s objectives [] seed 1 {
  %0 = search.space
  // expected-error@+1 {{expected 'quantize' to be int8, found float32}}
  %1 = search.train %0 keep 1 training <epochs = 4, quantize = float32, quantize_epochs = 1> : !search.space
}

// -----

nas.space @s() {
  nas.return
}
search.pipeline @s objectives [] seed 1 {
  %0 = search.space
  // expected-error@+1 {{expected the symbol of a nas.device, found @host}}
  search.deploy %0 on @host precision float32 emit [object] : !search.space
}

// -----

nas.space @s() {
  nas.return
}
nas.device @host clock 1000 {
}
search.pipeline @s objectives [] seed 1 {
  %0 = search.space
  // expected-error@+1 {{expected 'rounding' with the precision int8 only}}
  search.deploy %0 on @host precision float32 emit [object] rounding single : !search.space
}

// -----

nas.space @s() {
  nas.return
}
nas.device @host clock 1000 {
}
search.pipeline @s objectives [] seed 1 {
  %0 = search.space
  // expected-error@+1 {{expected 'calibration' with the precision int8 only}}
  search.deploy %0 on @host precision float32 emit [object] calibration 3 : !search.space
}

// -----

nas.space @s() {
  nas.return
}
nas.device @host clock 1000 {
}
search.pipeline @s objectives [] seed 1 {
  %0 = search.space
  // expected-error@+1 {{expected 'calibration' of at least 1 sample, found 0}}
  search.deploy %0 on @host precision int8 emit [object] calibration 0 : !search.space
}

// -----

nas.space @s() {
  nas.return
}
nas.device @host clock 1000 {
}
search.pipeline @s objectives [] seed 1 {
  %0 = search.space
  // expected-error@+1 {{expected cost, object, c or onnx, found objects}}
  search.deploy %0 on @host precision int8 emit [objects] : !search.space
}

// -----

nas.space @s() {
  nas.return
}
search.pipeline @s objectives [] seed 1 {
  %0 = search.space
  // expected-error@+1 {{expected a timeout of at least 1, found 0}}
  %1 = search.prune %0 timeout 0
}

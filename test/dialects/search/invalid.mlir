// RUN: nas-opt %s -verify-diagnostics -split-input-file

// expected-error@+1 {{expected the symbol of a nas.space or a nas.network, found @missing}}
search.pipeline @missing objectives [] seed 1 {
}

// -----

nas.space @s() {
  nas.return
}
// expected-error@+1 {{expected the direction maximize or minimize, found "raise"}}
search.pipeline @s objectives [#search.objective<"raise", "accuracy", "">] seed 1 {
}

// -----

nas.space @s() {
  nas.return
}
// expected-error@+1 {{expected the name of a metric}}
search.pipeline @s objectives [#search.objective<"maximize", "", "">] seed 1 {
}

// -----

nas.space @s() {
  nas.return
}
search.pipeline @s objectives [] seed 1 {
  %0 = search.space
  // expected-error@+1 {{expected the algorithm nsga2, found 'random'}}
  %1 = search.evolve %0 algorithm "random" population 1 evaluations 1 training {}
}

// -----

nas.space @s() {
  nas.return
}
search.pipeline @s objectives [] seed 1 {
  %0 = search.space
  // expected-error@+1 {{expected a population of at least 1, found 0}}
  %1 = search.evolve %0 population 0 evaluations 1 training {}
}

// -----

nas.space @s() {
  nas.return
}
search.pipeline @s objectives [] seed 1 {
  %0 = search.space
  // expected-error@+1 {{expected evaluations of at least 1, found 0}}
  %1 = search.evolve %0 population 1 evaluations 0 training {}
}

// -----

nas.space @s() {
  nas.return
}
search.pipeline @s objectives [] seed 1 {
  %0 = search.space
  // expected-error@+1 {{expected a crossover between 0 and 1}}
  %1 = search.evolve %0 population 1 evaluations 1 crossover 1.5 training {}
}

// -----

nas.space @s() {
  nas.return
}
search.pipeline @s objectives [] seed 1 {
  %0 = search.space
  // expected-error@+1 {{expected a mutation between 0 and 1}}
  %1 = search.evolve %0 population 1 evaluations 1 mutation -0.1 training {}
}

// -----

nas.space @s() {
  nas.return
}
search.pipeline @s objectives [] seed 1 {
  %0 = search.space
  // expected-error@+1 {{expected networks to keep of at least 1, found 0}}
  %1 = search.train %0 keep 0 training {} : !search.space
}

// -----

nas.space @s() {
  nas.return
}
search.pipeline @s objectives [] seed 1 {
  %0 = search.space
  // expected-error@+1 {{expected epochs between checkpoints of at least 1, found 0}}
  %1 = search.train %0 keep 1 checkpoint 0 training {} : !search.space
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
  %1 = search.train %0 keep 1 training {} : !search.space
  // expected-error@+1 {{use of value '%1' expects different type than prior uses: '!search.space' vs '!search.population'}}
  %2 = search.prune %1
}

// RUN: nasc --check %s 2>&1 | count 0

space p { choice depth in 2..6; repeat i in 1..depth { choice width in {8, 16, 24}; } choice rate in {0.1, 0.2}; }
device d {
  clock = 100 MHz;
  ram = 64 KiB;
  precision int8 { elementwise { cycles_per_output = 1; } }
}
limits {
  ram on d <= 32 KiB;
  macs <= 1_000_000;
  0.5 * (ram on d) <= 16.5 KiB;
  forall i in 2..depth: width[i] >= width[i - 1];
  count(i in 1..depth: width[i] == 24) <= 2;
  sum(i in 1..depth: width[i]) <= 100;
  if depth > 4 { width[1] == 8; } else { width[1] != 8; }
  width[depth] >= 16;
  depth == 6 implies forall i in 1..depth: forall j in 1..i: width[j] <= width[i];
  rate <= 0.1;
}
// The choices of a space of parameters are all used, so nothing is said.


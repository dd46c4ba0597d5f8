dataset table = raw("records.bin") {
  element = float32;
  shape = [6];
  index = "i.csv";
  record = "id";
  label = "label";
  split = "split";
  classes = ["c0", "c1", "c2"];
  normalize = { mean: [0.1], deviation: [0.9] };
}

space net(x: table.image) -> table.label {
  choice wide in {4, 8, 12, 16};
  choice deep in {true, false};
  var y = x |> dense(wide) |> relu;
  if deep {
    y = y |> dense(wide) |> relu;
  }
  return y |> dense(units = 3);
}

search {
  seed = 3;
  maximize accuracy;
  minimize macs;
  evolve { population = 4; evaluations = 6; train = 2 epochs; batch = 8; }
  train { keep = 1; epochs = 3; batch = 8; }
}

deploy {
  host { precision = float32; emit = object; }
}

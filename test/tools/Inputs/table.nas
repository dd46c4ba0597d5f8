dataset table = raw("records.bin") {
  element = float32;
  shape = [6];
  index = "i.csv";
  record = "id";
  label = "label";
  split = "split";
  classes = ["c0", "c1", "c2"];
}

space net(x: table.image) -> table.label { return x |> dense(units = 3); }

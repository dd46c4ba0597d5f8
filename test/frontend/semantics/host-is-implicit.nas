// RUN: nasc --check %s 2>&1 | count 0

// The device `host` is in the library and needs no import.
space net(image: tensor[8, 8, 3]) -> classes(2) {
  return image |> global_average_pool |> dense(units = 2);
}

deploy {
  host { precision = float32; emit = [object]; }
}

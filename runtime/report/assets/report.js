// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What moves in the report: theme, plots, and the table of candidates. The
// page is whole without it.
(function () {
"use strict";
const byId = (id) => document.getElementById(id);
const root = document.documentElement;
const colour = (name) =>
    getComputedStyle(root).getPropertyValue("--" + name).trim();
const charts = [];

//===-- Numbers ----------------------------------------------------------===//

function threeDigits(value) {
  const size = Math.abs(value);
  const digits = size < 9.995 ? 2 : size < 99.95 ? 1 : 0;
  return String(Number(value.toFixed(digits)));
}
function scaled(value, scales) {
  if (value === 0) return "0 " + scales[0][1];
  for (const [factor, name] of scales)
    if (Math.abs(value) >= factor * 0.9995)
      return threeDigits(value / factor) + " " + name;
  const last = scales[scales.length - 1];
  return threeDigits(value / last[0]) + " " + last[1];
}
function human(value, unit) {
  if (value === null || value === undefined || !isFinite(value)) return "–";
  switch (unit) {
  case "count":
    return Math.abs(value) < 1e6
        ? Math.round(value).toLocaleString("en-US")
        : scaled(value, [[1e12, "T"], [1e9, "G"], [1e6, "M"]]);
  case "bytes":
    return Math.abs(value) < 1024 ? Math.round(value) + " B"
        : scaled(value, [[1073741824, "GiB"], [1048576, "MiB"], [1024, "KiB"]]);
  case "seconds":
    return scaled(value, [[1, "s"], [1e-3, "ms"], [1e-6, "µs"], [1e-9, "ns"],
                          [1e-12, "ps"]]);
  case "joules":
    return scaled(value, [[1, "J"], [1e-3, "mJ"], [1e-6, "µJ"], [1e-9, "nJ"],
                          [1e-12, "pJ"]]);
  case "fraction":
    return Number((100 * value).toFixed(2)) + " %";
  }
  return String(Number(value.toPrecision(4)));
}

//===-- Theme ------------------------------------------------------------===//

function redrawCharts() {
  for (const chart of charts) {
    chart.restyle();
    chart.update("none");
  }
}
function setUpTheme() {
  const button = byId("theme");
  button.hidden = false;
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  // A page opened from a file may have no storage.
  let stored = null;
  try { stored = localStorage.getItem("nasc-theme"); } catch (error) {}
  if (stored === "light" || stored === "dark") root.dataset.theme = stored;
  button.addEventListener("click", () => {
    const now = root.dataset.theme || (system.matches ? "dark" : "light");
    root.dataset.theme = now === "dark" ? "light" : "dark";
    try { localStorage.setItem("nasc-theme", root.dataset.theme); }
    catch (error) {}
    redrawCharts();
  });
  system.addEventListener("change", redrawCharts);
  // Canvases keep their colours; on paper those are the light ones.
  let before;
  window.addEventListener("beforeprint", () => {
    before = root.dataset.theme;
    root.dataset.theme = "light";
    redrawCharts();
    // What a sheet of A4 holds.
    for (const chart of charts)
      chart.resize(700, chart.canvas.closest(".tall") ? 360 : 230);
  });
  window.addEventListener("afterprint", () => {
    if (before) root.dataset.theme = before;
    else delete root.dataset.theme;
    redrawCharts();
    for (const chart of charts) chart.resize();
  });
}

//===-- Spec -------------------------------------------------------------===//

function highlightSources() {
  const tokens = new RegExp(
      "(\\/\\/[^\\n]*|\\/\\*[\\s\\S]*?\\*\\/)|(\"[^\"\\n]*\")|" +
      "\\b(import|dataset|device|block|space|choice|let|var|repeat|if|else|" +
      "match|return|in|when|limits|forall|count|sum|search|maximize|minimize|" +
      "on|prune|evolve|train|deploy|precision|table|step|log|linear|points|" +
      "and|or|not|implies|then|seed|threads|time|of)\\b|" +
      "\\b(\\d[\\d_]*(?:\\.\\d+)?(?:e[-+]?\\d+)?)", "g");
  const kinds = ["comment", "string", "keyword", "number"];
  for (const code of document.querySelectorAll(".source code")) {
    const text = code.textContent;
    if (text.length > 200000) continue;
    const parts = document.createDocumentFragment();
    let end = 0;
    for (const match of text.matchAll(tokens)) {
      parts.append(text.slice(end, match.index));
      const span = document.createElement("span");
      span.className = kinds[match.slice(1).findIndex((group) => group)];
      span.textContent = match[0];
      parts.append(span);
      end = match.index + match[0].length;
    }
    parts.append(text.slice(end));
    code.replaceChildren(parts);
  }
}

//===-- Table of candidates ----------------------------------------------===//

// Comparisons of a filter: name, operator, value.
const comparison = /^([^<>=!]+)(<=|>=|!=|==|=|<|>)(.+)$/;
const compare = {
  "<": (a, b) => a < b, "<=": (a, b) => a <= b, ">": (a, b) => a > b,
  ">=": (a, b) => a >= b, "=": (a, b) => a === b, "==": (a, b) => a === b,
  "!=": (a, b) => a !== b,
};

function choicesOf(architecture) {
  const choices = new Map();
  for (const part of architecture.split(",")) {
    const at = part.indexOf("=");
    if (at > 0) choices.set(part.slice(0, at), part.slice(at + 1));
  }
  return choices;
}

// A predicate on candidates for what the user has typed: words that must all
// hold, each a comparison with a metric or choice, or a part of the text.
function parseFilter(text, metrics) {
  const tests = text.trim().split(/\s+/).filter(Boolean).map((word) => {
    const match = word.match(comparison);
    if (match) {
      const [, name, operator, value] = match;
      const number = Number(value);
      const column = metrics.findIndex(
          (metric) => metric.key === name || metric.key.split("@")[0] === name);
      if (column >= 0)
        return (row) => row.values[column] !== null &&
            compare[operator](row.values[column], number);
      return (row) => {
        if (!row.choices) row.choices = choicesOf(row.architecture);
        const chosen = row.choices.get(name);
        if (chosen === undefined) return false;
        const a = Number(chosen);
        return isNaN(a) || isNaN(number) ? compare[operator](chosen, value)
                                         : compare[operator](a, number);
      };
    }
    const part = word.toLowerCase();
    return (row) => row.architecture.toLowerCase().includes(part) ||
        row.stage.toLowerCase().includes(part);
  });
  return (row) => tests.every((test) => test(row));
}

function setUpTable(data, rows) {
  const table = byId("candidate-table");
  const body = table.tBodies[0];
  rows.forEach((row, index) => { row.element = body.rows[index]; });
  const pager = byId("candidate-pager");
  const filter = byId("candidate-filter");
  const onFront = byId("candidate-front");
  const pageSize = byId("candidate-page-size");
  byId("candidate-controls").hidden = false;
  pager.hidden = false;
  let shown = rows, page = 0, sortKey = null, descending = false;

  const label = document.createElement("span");
  const previous = document.createElement("button");
  const next = document.createElement("button");
  previous.type = next.type = "button";
  previous.textContent = "Previous";
  next.textContent = "Next";
  pager.append(previous, next, label);

  function valueOf(row, key) {
    if (key === "ordinal" || key === "architecture" || key === "stage")
      return row[key];
    if (key === "front") return row.front ? 0 : 1;
    return row.values[data.metrics.findIndex((metric) => metric.key === key)];
  }
  function draw() {
    const size = Number(pageSize.value) || Math.max(shown.length, 1);
    const pages = Math.max(1, Math.ceil(shown.length / size));
    page = Math.min(Math.max(page, 0), pages - 1);
    const part = shown.slice(page * size, (page + 1) * size);
    body.replaceChildren(...part.map((row) => row.element));
    previous.disabled = page === 0;
    next.disabled = page === pages - 1;
    label.textContent = shown.length === 0 ? "No candidate matches"
        : (page * size + 1) + "–" + (page * size + part.length) + " of " +
          shown.length.toLocaleString("en-US") +
          (shown.length < rows.length
               ? " (" + rows.length.toLocaleString("en-US") + " in all)" : "");
  }
  function apply() {
    const matches = parseFilter(filter.value, data.metrics);
    shown = rows.filter((row) => (!onFront.checked || row.front) && matches(row));
    if (sortKey !== null) {
      const keyed = shown.map((row) => [valueOf(row, sortKey), row]);
      keyed.sort(([a], [b]) => {
        // What was not measured comes last either way.
        if (a === null || b === null) return (a === null) - (b === null);
        const order = typeof a === "string"
            ? a.localeCompare(b, "en", {numeric: true}) : a - b;
        return descending ? -order : order;
      });
      shown = keyed.map(([, row]) => row);
    }
    draw();
  }
  const headers = [...table.tHead.rows[0].cells];
  function sortBy(header) {
    const key = header.dataset.key;
    if (sortKey === key) descending = !descending;
    else {
      const metric = data.metrics.find((metric) => metric.key === key);
      descending = Boolean(metric && metric.goal === "maximize");
    }
    sortKey = key;
    for (const each of headers) each.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", descending ? "descending" : "ascending");
    page = 0;
    apply();
  }
  for (const header of headers) {
    header.classList.add("sortable");
    header.tabIndex = 0;
    header.addEventListener("click", () => sortBy(header));
    header.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        sortBy(header);
      }
    });
  }
  filter.addEventListener("input", () => { page = 0; apply(); });
  onFront.addEventListener("change", () => { page = 0; apply(); });
  pageSize.addEventListener("change", () => { page = 0; draw(); });
  previous.addEventListener("click", () => { --page; draw(); });
  next.addEventListener("click", () => { ++page; draw(); });
  apply();

  // A click on a row unfolds its architecture.
  table.classList.add("live");
  body.addEventListener("click", (event) => {
    const row = event.target.closest("tr");
    if (row && !String(getSelection())) row.classList.toggle("chosen");
  });

  // Shows a row of the table, for a click into the plot.
  return function show(row) {
    if (!shown.includes(row)) {
      filter.value = "";
      onFront.checked = false;
      apply();
    }
    const size = Number(pageSize.value) || shown.length;
    page = Math.floor(shown.indexOf(row) / size);
    draw();
    for (const each of body.querySelectorAll(".chosen"))
      each.classList.remove("chosen");
    row.element.classList.add("chosen");
    row.element.scrollIntoView({block: "center"});
  };
}

//===-- Plots ------------------------------------------------------------===//

function axisStyle(options) {
  options.grid.color = colour("grid");
  options.grid.borderColor = colour("line");
  options.ticks.color = colour("muted");
  options.title.color = colour("text");
}
function tooltipStyle() {
  return {
    backgroundColor: colour("text"), titleColor: colour("page"),
    bodyColor: colour("page"), padding: 10, displayColors: false,
    bodyFont: {family: "ui-monospace, 'DejaVu Sans Mono', monospace", size: 11},
  };
}

// The staircase of candidates that no other beats in these two metrics.
function frontOf(points, xGoal, yGoal) {
  const x = xGoal === "maximize" ? -1 : 1, y = yGoal === "maximize" ? -1 : 1;
  const sorted = points.slice().sort(
      (a, b) => x * (a.x - b.x) || y * (a.y - b.y));
  const front = [];
  let best = Infinity;
  for (const point of sorted)
    if (y * point.y < best) {
      best = y * point.y;
      front.push(point);
    }
  return front;
}

// Lines at the limits of the metrics shown, with their text.
const limitLines = {
  id: "limitLines",
  afterDatasetsDraw(chart) {
    const {ctx, chartArea, scales} = chart;
    ctx.save();
    ctx.strokeStyle = ctx.fillStyle = colour("bad");
    ctx.lineWidth = 1.25;
    ctx.font = "12px " + colour("sans");
    ctx.setLineDash([6, 4]);
    for (const limit of chart.limits || []) {
      const scale = scales[limit.axis];
      const at = scale.getPixelForValue(limit.bound);
      const {top, bottom, left, right} = chartArea;
      if (limit.axis === "x" ? at < left || at > right : at < top || at > bottom)
        continue;
      ctx.beginPath();
      if (limit.axis === "x") {
        ctx.moveTo(at, top);
        ctx.lineTo(at, bottom);
      } else {
        ctx.moveTo(left, at);
        ctx.lineTo(right, at);
      }
      ctx.stroke();
      ctx.textAlign = "right";
      if (limit.axis === "x")
        ctx.fillText(limit.text, at - 6, bottom - 8);
      else
        ctx.fillText(limit.text, right - 6, at - 6);
    }
    ctx.restore();
  },
};

// The names of the chosen networks beside their points.
const winnerNames = {
  id: "winnerNames",
  afterDatasetsDraw(chart) {
    const dataset = chart.data.datasets.findIndex((each) => each.isWinners);
    if (dataset < 0) return;
    const {ctx, chartArea} = chart;
    const points = chart.data.datasets[dataset].data;
    ctx.save();
    ctx.fillStyle = colour("text");
    ctx.font = "600 12px " + colour("sans");
    chart.getDatasetMeta(dataset).data.forEach((element, index) => {
      const text = points[index].name;
      const fits = element.x + 12 + ctx.measureText(text).width < chartArea.right;
      ctx.textAlign = fits ? "left" : "right";
      ctx.fillText(text, element.x + (fits ? 11 : -11), element.y - 9);
    });
    ctx.restore();
  },
};

function setUpScatter(data, rows, show) {
  const canvas = byId("pareto");
  if (!canvas || data.metrics.length < 2) return;
  const plotX = byId("plot-x"), plotY = byId("plot-y"), log = byId("plot-log");
  const plotStage = byId("plot-stage");
  const stages = [...new Set(rows.map((row) => row.stage))];
  for (const stage of stages) plotStage.add(new Option(stage, stage));
  plotStage.parentElement.hidden = stages.length < 2;
  data.metrics.forEach((metric, index) => {
    if (!rows.some((row) => row.values[index] !== null)) return;
    plotX.add(new Option(metric.label, index));
    plotY.add(new Option(metric.label, index));
  });
  if (plotX.options.length < 2) return;
  const gain = data.metrics.findIndex((metric) => metric.goal === "maximize");
  const cost = data.metrics.findIndex(
      (metric, index) => metric.goal === "minimize" && index !== gain);
  plotY.value = Math.max(gain, 0);
  plotX.value = cost >= 0 ? cost : gain === 0 ? 1 : 0;
  canvas.closest("figure").hidden = false;

  const axis = (name) => ({
    type: "linear", grid: {}, ticks: {maxRotation: 0, autoSkipPadding: 24},
    title: {display: true, text: "", font: {size: 13}},
  });
  const chart = new Chart(canvas, {
    type: "scatter",
    data: {datasets: [
      {label: "chosen", isWinners: true, data: [], pointStyle: "circle"},
      {label: "on the front", data: []},
      {label: "evaluated", data: []},
    ]},
    options: {
      animation: false, responsive: true, maintainAspectRatio: false,
      // Space for a name beside the outermost point.
      layout: {padding: {right: 10, top: 14}},
      interaction: {mode: "nearest", intersect: true},
      onClick(event, elements) {
        const element = elements.find((each) => each.datasetIndex < 3);
        if (element)
          show(chart.data.datasets[element.datasetIndex]
                   .data[element.index].row);
      },
      onHover(event, elements) {
        canvas.style.cursor = elements.length ? "pointer" : "default";
      },
      scales: {x: axis("x"), y: axis("y")},
      plugins: {
        legend: {display: false},
        tooltip: {
          filter: (item, index) => item.datasetIndex < 3 && index < 1,
          callbacks: {
            title: (items) => items.length
                ? (items[0].raw.name ? items[0].raw.name + ", " : "") +
                  items[0].raw.row.stage + " #" + items[0].raw.row.ordinal
                : "",
            label: (item) => {
              const row = item.raw.row;
              const lines = data.metrics.map((metric, index) =>
                  metric.label + ": " + human(row.values[index], metric.unit));
              const choices = row.architecture.split(",");
              lines.push("");
              for (let i = 0; i < choices.length && i < 24; i += 3)
                lines.push(choices.slice(i, i + 3).join("  "));
              if (choices.length > 24) lines.push("…");
              return lines;
            },
          },
        },
      },
    },
    plugins: [limitLines, winnerNames],
  });
  const winners = new Map();
  for (const winner of data.winners)
    winners.set(winner.architecture,
                (winners.has(winner.architecture)
                     ? winners.get(winner.architecture) + ", " : "") +
                winner.name);

  function fill() {
    const xIndex = Number(plotX.value), yIndex = Number(plotY.value);
    const xMetric = data.metrics[xIndex], yMetric = data.metrics[yIndex];
    const points = [], fronts = [], chosen = [], all = [];
    // A network may have been evaluated by several stages: its name goes to
    // the last evaluation.
    const last = new Map();
    const shown = rows.filter(
        (row) => !plotStage.value || row.stage === plotStage.value);
    for (const row of shown)
      if (winners.has(row.architecture) && row.values[xIndex] !== null &&
          row.values[yIndex] !== null)
        last.set(row.architecture, row);
    for (const row of shown) {
      const x = row.values[xIndex], y = row.values[yIndex];
      if (x === null || y === null) continue;
      const point = {x, y, row};
      all.push(point);
      if (last.get(row.architecture) === row) {
        point.name = winners.get(row.architecture);
        chosen.push(point);
      } else (row.front ? fronts : points).push(point);
    }
    const [first, second, third] = chart.data.datasets;
    first.data = chosen;
    second.data = fronts;
    third.data = points;
    // A front for each stage: results of trainings of different length do not
    // compare.
    chart.data.datasets.length = 3;
    for (const stage of stages) {
      const ofStage = all.filter((point) => point.row.stage === stage);
      if (ofStage.length > 1)
        chart.data.datasets.push({
            type: "line", data: frontOf(ofStage, xMetric.goal, yMetric.goal),
            stepped: xMetric.goal === "maximize" ? "after" : "before",
            pointRadius: 0, pointHitRadius: 0, borderWidth: 1.5, fill: false,
            borderDash: stages.indexOf(stage) ? [4, 3] : []});
    }
    for (const [name, metric, values] of
         [["x", xMetric, all.map((point) => point.x)],
          ["y", yMetric, all.map((point) => point.y)]]) {
      const scale = chart.options.scales[name];
      const useLog = name === "x" && log.checked &&
          values.every((value) => value > 0);
      scale.type = useLog ? "logarithmic" : "linear";
      scale.title.text = metric.label;
      scale.ticks.callback = (value) => human(value, metric.unit);
      // A limit that lies close beyond the points is shown.
      const low = Math.min(...values), high = Math.max(...values);
      const bounds = data.limits.filter((limit) => limit.metric === metric.key)
          .map((limit) => limit.bound)
          .filter((bound) => bound <= high + 0.5 * (high - low));
      const room = (high - low || Math.abs(high) || 1) * 0.04;
      scale.suggestedMax = useLog ? undefined
                                  : Math.max(high, ...bounds) + room;
      scale.suggestedMin = useLog ? undefined
          : low >= 0 ? Math.max(0, low - room) : low - room;
      // Sizes go by powers of two.
      scale.ticks.stepSize = metric.unit === "bytes" && !useLog
          ? 2 ** Math.max(0, Math.ceil(Math.log2((high - low || 1) / 7)))
          : undefined;
    }
    chart.limits = [];
    for (const limit of data.limits)
      for (const [name, metric] of [["x", xMetric], ["y", yMetric]])
        if (limit.metric === metric.key)
          chart.limits.push({axis: name, bound: limit.bound, text: limit.text});
    const legend = byId("plot-legend");
    legend.replaceChildren();
    for (const [name, text, count] of [
        ["accent", "on the front of its stage", fronts.length],
        ["second", "chosen and trained further", chosen.length],
        ["point", "evaluated", points.length]])
      if (count) {
        const item = document.createElement("span");
        const mark = document.createElement("i");
        mark.style.background = "var(--" + name + ")";
        mark.style.borderRadius = "50%";
        item.append(mark, text + " (" + count.toLocaleString("en-US") + ")");
        legend.append(item);
      }
  }
  chart.restyle = () => {
    const [first, second, third, ...lines] = chart.data.datasets;
    Object.assign(first, {backgroundColor: colour("second"),
        borderColor: colour("surface"), borderWidth: 2, pointRadius: 8,
        pointHoverRadius: 9});
    Object.assign(second, {backgroundColor: colour("accent"),
        borderColor: colour("surface"), borderWidth: 1, pointRadius: 5.5,
        pointHoverRadius: 7});
    const many = third.data.length > 600;
    Object.assign(third, {backgroundColor: colour("point") + (many ? "88" : "bb"),
        borderWidth: 0, pointRadius: many ? 2.5 : 4, pointHoverRadius: 6});
    for (const line of lines) line.borderColor = colour("accent") + "99";
    axisStyle(chart.options.scales.x);
    axisStyle(chart.options.scales.y);
    Object.assign(chart.options.plugins.tooltip, tooltipStyle());
  };
  function redraw() {
    fill();
    chart.restyle();
    chart.update("none");
  }
  for (const control of [plotX, plotY, plotStage, log])
    control.addEventListener("change", redraw);
  charts.push(chart);
  redraw();
}

function setUpProgress(data) {
  const canvas = byId("progress");
  if (!canvas) return;
  const points = data.progress.map(
      ([evaluations, hypervolume, best, generation, stage]) =>
          ({evaluations, hypervolume, best, generation, stage}));
  const series = (key) => points.filter((point) => point[key] !== null)
      .map((point) => ({x: point.evaluations, y: point[key], point}));
  const hypervolume = series("hypervolume"), best = series("best");
  if (hypervolume.length < 2 && best.length < 2) return;
  canvas.closest("figure").hidden = false;
  const objective = data.metrics.length ? data.metrics[0]
                                        : {label: "objective", unit: "number"};
  const name = objective.label.charAt(0).toLowerCase() +
      objective.label.slice(1);
  const datasets = [], scales = {
    x: {type: "linear", grid: {}, title: {display: true, text: "Evaluations"},
        ticks: {precision: 0, maxRotation: 0}, min: 0},
  };
  if (hypervolume.length) {
    datasets.push({label: "Hypervolume", data: hypervolume, yAxisID: "volume",
                   style: "accent"});
    scales.volume = {position: "left", grid: {}, ticks: {maxTicksLimit: 6},
                     title: {display: true, text: "Hypervolume"}};
  }
  if (best.length) {
    datasets.push({label: "Best " + name, data: best, yAxisID: "best",
                   style: "second", borderDash: [5, 3], stepped: "before"});
    scales.best = {position: hypervolume.length ? "right" : "left",
                   grid: {drawOnChartArea: !hypervolume.length},
                   title: {display: true, text: "Best " + name},
                   ticks: {maxTicksLimit: 6,
                           callback: (value) => human(value, objective.unit)}};
  }
  const chart = new Chart(canvas, {
    type: "line", data: {datasets},
    options: {
      animation: false, responsive: true, maintainAspectRatio: false,
      interaction: {mode: "nearest", axis: "x", intersect: false}, scales,
      plugins: {
        legend: {labels: {usePointStyle: true, pointStyle: "line"}},
        tooltip: {callbacks: {
          title: (items) => items.length
              ? items[0].raw.point.stage + ", generation " +
                items[0].raw.point.generation + ", " + items[0].raw.x +
                " evaluations"
              : "",
          label: (item) => item.dataset.label + ": " +
              human(item.raw.y, item.dataset.yAxisID === "best"
                                    ? objective.unit : "number"),
        }},
      },
    },
  });
  restyleLines(chart);
}

// Gives a chart of lines the colours of the theme, now and when it changes.
function restyleLines(chart) {
  chart.restyle = () => {
    for (const dataset of chart.data.datasets)
      Object.assign(dataset, {borderColor: colour(dataset.style),
          backgroundColor: colour(dataset.style), borderWidth: 2,
          pointRadius: dataset.data.length > 60 ? 0 : 3});
    for (const scale of Object.values(chart.options.scales)) axisStyle(scale);
    chart.options.plugins.legend.labels.color = colour("text");
    Object.assign(chart.options.plugins.tooltip, tooltipStyle());
  };
  charts.push(chart);
  chart.restyle();
  chart.update("none");
}

// Losses, and accuracies where there are classes, over the epochs. Canvases of
// folded winners are drawn when they are opened: they have no size before.
function setUpCurves(data) {
  for (const canvas of document.querySelectorAll("canvas.curve")) {
    const curve = data.winners[Number(canvas.dataset.winner)].curve;
    canvas.closest("figure").hidden = false;
    const folded = canvas.closest("details");
    if (folded && !folded.open)
      folded.addEventListener("toggle", () => drawCurve(canvas, curve),
                              {once: true});
    else
      drawCurve(canvas, curve);
  }
}

function drawCurve(canvas, curve) {
  const hasClasses = curve.some((epoch) => epoch[2] > 0 || epoch[3] > 0);
  const line = (label, column, axis, style, dash) => ({
    label, yAxisID: axis, style, borderDash: dash,
    data: curve.map((epoch, index) => ({x: index + 1, y: epoch[column]})),
  });
  const datasets = [line("Loss, training", 0, "loss", "accent", [5, 3]),
                    line("Loss, validation", 1, "loss", "accent", [])];
  const scales = {
    x: {type: "linear", grid: {}, title: {display: true, text: "Epoch"},
        ticks: {precision: 0, maxRotation: 0}, min: 1},
    loss: {position: "left", grid: {}, ticks: {maxTicksLimit: 6},
           title: {display: true, text: "Loss"}},
  };
  if (hasClasses) {
    datasets.push(line("Accuracy, training", 2, "accuracy", "second", [5, 3]),
                  line("Accuracy, validation", 3, "accuracy", "second", []));
    scales.accuracy = {position: "right", grid: {drawOnChartArea: false},
                       title: {display: true, text: "Accuracy"},
                       ticks: {maxTicksLimit: 6,
                               callback: (value) => human(value, "fraction")}};
  }
  const chart = new Chart(canvas, {
    type: "line", data: {datasets},
    options: {
      animation: false, responsive: true, maintainAspectRatio: false,
      interaction: {mode: "index", axis: "x", intersect: false}, scales,
      plugins: {
        legend: {labels: {usePointStyle: true, pointStyle: "line"}},
        tooltip: {callbacks: {
          title: (items) => items.length ? "Epoch " + items[0].raw.x : "",
          label: (item) => item.dataset.label + ": " +
              human(item.raw.y, item.dataset.yAxisID === "loss"
                                    ? "number" : "fraction"),
        }},
      },
    },
  });
  restyleLines(chart);
}

//===-- All of it --------------------------------------------------------===//

setUpTheme();
highlightSources();
const element = byId("report-data");
if (element) {
  const data = JSON.parse(element.textContent);
  const rows = data.candidates.map(
      ([ordinal, stage, architecture, front, ...values]) =>
          ({ordinal, stage, architecture, front: Boolean(front), values}));
  if (window.Chart) Chart.defaults.font.family = colour("sans");
  const show = rows.length ? setUpTable(data, rows) : () => {};
  if (window.Chart) {
    setUpScatter(data, rows, show);
    setUpProgress(data);
    setUpCurves(data);
  }
}
})();

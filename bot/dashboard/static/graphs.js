// The graphs of the overview.
"use strict";
{
  const place = document.querySelector("[data-series]");
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const seconds = (value) => value == null ? "–" : value < 1 ? `${Math.round(value * 1000)} ms` : `${Math.round(value * 10) / 10} s`;
  const whole = (value) => value == null ? "–" : String(value);
  const KINDS = {
    throughput: { names: ["taken in", "sent", "silent"], colours: ["--blue", "--good", "--quiet"], say: whole },
    latency: { names: ["half", "95 of 100"], colours: ["--accent", "--warn"], say: seconds, log: true },
  };
  const drawn = {};

  function options(kind, width) {
    const { names, colours, say, log } = KINDS[kind];
    const axis = { stroke: colour("--quiet"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false } };
    return {
      width, height: 190, cursor: { y: false },
      scales: { y: log ? { distr: 3, log: 10 } : { range: (_, least, most) => [0, Math.max(4, most * 1.1)] } },
      axes: [axis, { ...axis, size: 58, values: (_, splits) => splits.map((value) => value == null ? "" : say(value)) }],
      series: [{}, ...names.map((label, index) => ({
        label, stroke: colour(colours[index]), width: 1.5, points: { show: !!log, size: 4 }, spanGaps: true, value: (_, value) => say(value),
      }))],
    };
  }

  async function draw() {
    const answer = await fetch(place.dataset.series, { headers: { accept: "application/json" } });
    if (!answer.ok) return;
    const columns = await answer.json();
    for (const element of place.querySelectorAll("[data-graph]")) {
      const kind = element.dataset.graph;
      if (drawn[kind]) drawn[kind].setData(columns[kind]);
      else drawn[kind] = new uPlot(options(kind, element.clientWidth), columns[kind], element);
    }
  }

  if (place) {
    draw();
    setInterval(draw, 10_000);
    addEventListener("resize", () => {
      for (const element of place.querySelectorAll("[data-graph]")) drawn[element.dataset.graph]?.setSize({ width: element.clientWidth, height: 190 });
    });
  }
}

/**
 * The page of the drawing bench: the extension's own Plot, and plotly.js beside it. Enter: what to draw; leave: CPU is measured outside, frames
 * over 50 ms by the browser's own record. Apart because it runs in the browser; bundled by draw.ts.
 */
import "uplot/dist/uPlot.min.css";
import plotly from "plotly.js-cartesian-dist-min";
import { Plot } from "../../../extension/src/run/plot.ts";

const updateMs = 100;

/** Lines as a run's points are kept: arrays that grow in place. */
function makeLines(count, points) {
  return Array.from({ length: count }, (_, index) => {
    const line = { name: `m${index}`, split: "train", step: [], epoch: [], seconds: [], y: [] };
    grow(line, index, points);
    return line;
  });
}

function grow(line, index, points) {
  for (let i = 0; i < points; i++) {
    const step = line.step.length + 1;
    line.step.push(step);
    line.epoch.push(step / 100);
    line.seconds.push(step / 10);
    line.y.push(Math.exp(-step / 20_000) + index / 10 + 0.05 * Math.sin(step * 12.9898 + index));
  }
}

function place() {
  const node = document.createElement("div");
  node.style.width = "900px";
  document.body.replaceChildren(node);
  return node;
}

const painters = {
  ours(node, lines, smoothing) {
    const plot = new Plot("loss");
    node.append(plot.node);
    return {
      update: () => plot.show(lines, { axis: "epoch", logY: false, smoothing }),
      end: () => plot.dispose(),
    };
  },
  plotly(node, lines) {
    const traces = () =>
      lines.map((line) => ({ x: line.epoch.slice(), y: line.y.slice(), name: line.name, type: "scatter" }));
    const layout = { width: 900, height: 240, margin: { t: 30, b: 34, l: 72, r: 10 } };
    return {
      update: () => plotly.react(node, traces(), layout, { displayModeBar: false }),
      end: () => plotly.purge(node),
    };
  },
};

let running = null;

/** Draw once and let it settle, so that what is measured are updates. */
window.begin = async (painter, { lines: count, points, smoothing }) => {
  const lines = makeLines(count, points);
  running = { lines, ...painters[painter](place(), lines, smoothing), slow: [] };
  running.update();
  await new Promise((resolve) => setTimeout(resolve, 1500));
};

/** As many updates at 10 Hz, each with ten new points a line; resolves to the lengths of the frames over 50 ms. */
window.updates = async (count) => {
  const slow = [];
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) slow.push(entry.duration);
  });
  observer.observe({ type: "long-animation-frame" });
  for (let done = 0; done < count; done++) {
    running.lines.forEach((line, index) => {
      grow(line, index, 10);
    });
    running.update();
    await new Promise((resolve) => setTimeout(resolve, updateMs));
  }
  observer.disconnect();
  return slow;
};

window.end = () => running.end();

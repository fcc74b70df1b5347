// What one source saw, over time: who answered, how long it took, what failed; the fault, the prediction and the promise drawn in.
(function (m) {
  'use strict';
  const left = 64, right = 14, gap = 28;
  const heights = [150, 96, 44]; // of the panels: answers, latency, failures
  const strip = 9, pitch = 16; // of the bars above them: fault, outage, prediction

  // layers are the places, then what failed and what is not known, bottom up.
  function layersOf(c) {
    return [...c.places.map((name, i) => ({ name, cls: 'place-' + i, of: (b) => b.places[i] })),
      { name: 'no place told', cls: 'untold', of: (b) => Math.max(0, b.good - b.places.reduce((x, y) => x + y, 0)) },
      { name: 'failed', cls: 'failed', of: (b) => b.bad }, { name: 'unknown', cls: 'unknown', of: (b) => b.unknown }]
      .filter((l, i) => i < c.places.length || c.buckets.some((b) => l.of(b) > 0));
  }

  // steps are the corners of buckets: what is counted in a bucket holds for all of it.
  const steps = (buckets, value) => buckets.flatMap((b, i) => [[b.at_ms, value(b, i)], [b.at_ms + b.length_ms, value(b, i)]]);

  function hatch(id, cls) {
    return m.svg('pattern', { id, width: 7, height: 7, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' },
      m.svg('rect', { class: cls + ' ground', width: 7, height: 7 }), m.svg('line', { class: cls + ' stroke', x1: 0, y1: 0, x2: 0, y2: 7 }));
  }

  let charts = 0;
  // draw makes the picture of a cell, as wide as its frame.
  m.draw = (cell, width) => {
    const c = cell.chart, id = 'chart' + ++charts, layers = layersOf(c);
    const from = c.buckets[0].at_ms, last = c.buckets[c.buckets.length - 1], to = last.at_ms + last.length_ms;
    const rows = strips(c), top = 20 + rows.length * pitch + 24;
    const tops = heights.map((_, i) => top + heights.slice(0, i).reduce((x, y) => x + y + gap, 0));
    const height = tops[2] + heights[2] + 34, bottom = tops[2] + heights[2];
    const x = d3.scaleLinear([from, to], [left, width - right]);
    const svg = m.svg('svg', { class: 'chart', width, height, viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': 'Timeline of ' + cell.title + ': outage ' + c.summary + '. The figures stand below.' });
    svg.append(m.svg('defs', {}, hatch(id + 'failed', 'failed'), hatch(id + 'predicted', 'predicted')));
    shade(svg, c, x, top, bottom);
    answers(svg, c, layers, x, tops[0], id);
    latency(svg, c, x, tops[1]);
    failures(svg, c, x, tops[2]);
    axis(svg, x, bottom, width);
    rows.forEach((r, i) => bars(svg, r, x, 16 + i * pitch, id));
    lines(svg, c, x, bottom);
    tops.forEach((y, i) => title(svg, i, y, width));
    const cursor = m.svg('line', { class: 'cursor', y1: top, y2: bottom, visibility: 'hidden' });
    svg.append(cursor);
    svg.show = (ms) => { cursor.setAttribute('visibility', 'visible'); cursor.setAttribute('x1', x(ms)); cursor.setAttribute('x2', x(ms)); };
    svg.when = (px) => x.invert(px);
    return svg;
  };

  m.layers = layersOf;

  // strips are what is drawn as bars above the panels: [name, class, stretches].
  function strips(c) {
    const rows = [];
    const end = (f) => (f.remove ? f.remove.from_ms : Infinity);
    if (c.faults.length > 0) rows.push(['fault', 'fault-bar', c.faults.map((f) => [f.inject.from_ms, end(f)])]);
    if (c.windows.length > 0) rows.push(['outage', 'outage', c.windows.map((w) => [w.from_ms, w.to_ms === null ? Infinity : w.to_ms])]);
    if (c.predicted) rows.push(['predicted', 'predicted-bar', [c.predicted]]);
    return rows;
  }

  function bars(svg, [name, cls, list], x, y, id) {
    svg.append(m.svg('text', { class: 'tick', x: left - 6, y: y + strip, 'text-anchor': 'end' }, name));
    const [a, b] = x.range();
    for (const [from, to] of list) {
      const begin = Math.max(a, x(from)), end = Math.min(b, to === Infinity ? b : x(to));
      if (end < a || begin > b) continue;
      svg.append(m.svg('rect', { class: cls, x: begin, y, width: Math.max(2, end - begin), height: strip, fill: cls === 'predicted-bar' ? `url(#${id}predicted)` : undefined }));
    }
  }

  // shade is the time in which the fault held, darker where it is only known to lie within a bracket.
  function shade(svg, c, x, top, bottom) {
    const [a, b] = x.range();
    const rect = (cls, from, to) => {
      const begin = Math.max(a, x(from)), end = Math.min(b, x(to));
      if (end >= a && begin <= b) svg.append(m.svg('rect', { class: cls, x: begin, y: top, width: Math.max(1, end - begin), height: bottom - top }));
    };
    for (const f of c.faults) {
      rect('fault', f.inject.from_ms, f.remove ? f.remove.from_ms : x.domain()[1]);
      rect('bracket', f.inject.from_ms, f.inject.to_ms);
      if (f.remove) rect('bracket', f.remove.from_ms, f.remove.to_ms);
    }
  }

  // titles stand above what is drawn through all panels, so that they can be read.
  const titles = [['Who answered', ', as a share of what was asked'], ['Latency', ', from when a request was due'], ['Failed requests', '']];
  const title = (svg, i, y, width) => svg.append(m.svg('text', { class: 'panel-title', x: left, y: y - 8 }, titles[i][0] + (width < 520 ? '' : titles[i][1])));

  function ticks(svg, y, values, format) {
    for (const v of values) {
      svg.append(m.svg('line', { class: 'grid-line', x1: left, x2: svg.getAttribute('width') - right, y1: y(v), y2: y(v) }),
        m.svg('text', { class: 'tick', x: left - 6, y: y(v) + 4, 'text-anchor': 'end' }, format(v)));
    }
  }

  function answers(svg, c, layers, x, top, id) {
    const y = d3.scaleLinear([0, 1], [top + heights[0], top]);
    ticks(svg, y, [0, 0.5, 1], (v) => v * 100 + ' %');
    const total = c.buckets.map((b) => Math.max(1, layers.reduce((sum, l) => sum + l.of(b), 0)));
    const base = c.buckets.map(() => 0);
    for (const l of layers) {
      const low = base.slice();
      c.buckets.forEach((b, i) => { base[i] += l.of(b) / total[i]; });
      const area = d3.area((d) => x(d[0]), (d) => y(d[1]), (d) => y(d[2]));
      const points = c.buckets.flatMap((b, i) => [[b.at_ms, low[i], base[i]], [b.at_ms + b.length_ms, low[i], base[i]]]);
      svg.append(m.svg('path', { class: 'layer ' + l.cls, d: area(points), fill: l.cls === 'failed' ? `url(#${id}failed)` : undefined }));
      label(svg, l, c.buckets, low, base, x, y);
    }
  }

  // label writes the name of a layer where it has room: at the longest stretch in which it is high.
  function label(svg, l, buckets, low, high, x, y) {
    let best = null, begin = -1;
    for (let i = 0; i <= buckets.length; i++) {
      const thick = i < buckets.length && y(low[i]) - y(high[i]) >= 18;
      if (thick && begin < 0) begin = i;
      if (!thick && begin >= 0) {
        const a = x(buckets[begin].at_ms), b = x(buckets[i - 1].at_ms + buckets[i - 1].length_ms);
        if (!best || b - a > best.b - best.a) best = { a, b, i: Math.floor((begin + i - 1) / 2) };
        begin = -1;
      }
    }
    const name = l.name.length > 28 ? l.name.slice(0, 27) + '…' : l.name;
    if (best && best.b - best.a >= name.length * 6.6 + 8) {
      svg.append(m.svg('text', { class: 'layer-name on-' + l.cls, x: (best.a + best.b) / 2, y: y((low[best.i] + high[best.i]) / 2) + 4, 'text-anchor': 'middle' }, name));
    }
  }

  function latency(svg, c, x, top) {
    const known = c.buckets.flatMap((b) => [b.p50_ms, b.p99_ms]).filter((v) => v > 0);
    const y = d3.scaleLog([Math.max(0.1, Math.min(1, d3.min(known) || 1)), Math.max(10, d3.max(known) || 10)], [top + heights[1], top]).nice().clamp(true);
    const powers = y.ticks(4).filter((v) => Number.isInteger(Math.log10(v) + 1e-9) || Math.abs(Math.log10(v) - Math.round(Math.log10(v))) < 1e-9);
    ticks(svg, y, powers, (v) => (v >= 1000 ? v / 1000 + ' s' : v + ' ms'));
    const line = d3.line((d) => x(d[0]), (d) => y(d[1])).defined((d) => d[1] > 0);
    for (const [name, of] of [['p99', (b) => b.p99_ms], ['p50', (b) => b.p50_ms]]) {
      svg.append(m.svg('path', { class: 'latency ' + name, d: line(steps(c.buckets, of)) || '' }));
      const b = c.buckets[c.buckets.length - 1];
      if (of(b) > 0) svg.append(m.svg('text', { class: 'latency-name ' + name, x: x.range()[1] - 4, y: y(of(b)) + (name === 'p99' ? -5 : 14), 'text-anchor': 'end' }, name));
    }
  }

  function failures(svg, c, x, top) {
    const most = Math.max(1, d3.max(c.buckets, (b) => b.bad));
    const y = d3.scaleLinear([0, most], [top + heights[2], top]);
    ticks(svg, y, [0, most], (v) => String(v));
    for (const b of c.buckets) {
      if (b.bad > 0) svg.append(m.svg('rect', { class: 'bad', x: x(b.at_ms) + 0.5, width: Math.max(1, x(b.at_ms + b.length_ms) - x(b.at_ms) - 1), y: y(b.bad), height: top + heights[2] - y(b.bad) }));
    }
  }

  function axis(svg, x, bottom, width) {
    svg.append(m.svg('line', { class: 'axis', x1: left, x2: width - right, y1: bottom, y2: bottom }));
    for (const t of x.ticks(Math.max(3, Math.floor(width / 110)))) {
      svg.append(m.svg('line', { class: 'axis', x1: x(t), x2: x(t), y1: bottom, y2: bottom + 5 }), m.svg('text', { class: 'tick', x: x(t), y: bottom + 18, 'text-anchor': 'middle' }, m.at(t)));
    }
  }

  // lines go through all panels: the edges of the fault and of the predicted recovery, and the promise.
  function lines(svg, c, x, bottom) {
    const [a, b] = x.range();
    const line = (cls, at, y) => { if (x(at) >= a && x(at) <= b) svg.append(m.svg('line', { class: cls, x1: x(at), x2: x(at), y1: y, y2: bottom })); };
    for (const f of c.faults) {
      line('fault-edge', f.inject.from_ms, 16);
      if (f.remove) line('fault-edge', f.remove.from_ms, 16);
    }
    if (c.predicted) c.predicted.forEach((at) => line('predicted-edge', at, 16 + 2 * pitch));
    if (c.rto === null || x(c.rto) > b) return;
    line('rto', c.rto, 14);
    const end = x(c.rto) > b - 90;
    svg.append(m.svg('text', { class: 'flag of-rto', x: x(c.rto) + (end ? -4 : 4), y: 11, 'text-anchor': end ? 'end' : 'start' }, c.rtoText));
  }
})(globalThis.muster);

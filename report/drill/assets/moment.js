// A chart with a slider below it: what was seen at a moment, for pointers and keyboards alike.
(function (m) {
  'use strict';

  function phase(c, b) {
    const end = b.at_ms + b.length_ms;
    for (const f of c.faults) {
      if (b.at_ms >= f.inject.to_ms && (!f.remove || end <= f.remove.from_ms)) return 'while the fault holds';
      if (end > f.inject.from_ms && (!f.remove || b.at_ms < f.remove.to_ms)) return 'across an edge of the fault';
      if (f.remove && b.at_ms >= f.remove.to_ms) return 'after the fault';
    }
    return 'before the fault';
  }

  function words(c, b) {
    const parts = m.layers(c).map((l) => [l.name, l.of(b)]).filter(([, n]) => n > 0).map(([name, n]) => name + ' ' + n);
    return m.at(b.at_ms) + ' to ' + m.at(b.at_ms + b.length_ms) + ', ' + phase(c, b) + ': ' + (parts.join(', ') || 'no request') +
      (b.good + b.bad > 0 ? '; p50 ' + Math.round(b.p50_ms) + ' ms, p99 ' + Math.round(b.p99_ms) + ' ms' : '');
  }

  // timeline is the chart of a cell with all that belongs to it.
  m.timeline = (cell) => {
    const c = cell.chart;
    if (c.buckets.length === 0) return m.el('p', { class: 'empty' }, 'There is no timeline: nothing was recorded, or the source has counts alone.');
    const frame = m.el('div', { class: 'chart-frame' });
    const out = m.el('output', { class: 'moment-words dim' }, 'Move over the chart or the slider to read a moment.');
    const slider = m.el('input', { type: 'range', class: 'moment', min: 0, max: c.buckets.length - 1, value: 0, step: 1, 'aria-label': 'Moment in the timeline of ' + cell.title });
    let svg, width = 0, shown = false;
    const show = (i) => {
      const b = c.buckets[i];
      slider.value = String(i);
      slider.setAttribute('aria-valuetext', words(c, b));
      out.textContent = m.show(words(c, b));
      out.className = 'moment-words';
      shown = true;
      svg.show(b.at_ms + b.length_ms / 2);
    };
    const redraw = () => {
      const w = Math.max(280, Math.floor(frame.clientWidth || 760));
      if (w === width) return;
      width = w;
      svg = m.draw(cell, w);
      svg.addEventListener('pointermove', (e) => {
        const ms = svg.when((e.clientX - svg.getBoundingClientRect().left));
        const i = d3.bisector((b) => b.at_ms).right(c.buckets, ms) - 1;
        show(Math.max(0, Math.min(c.buckets.length - 1, i)));
      });
      frame.replaceChildren(svg);
      if (shown) show(Number(slider.value));
    };
    slider.addEventListener('input', () => show(Number(slider.value)));
    const box = m.el('div', { class: 'timeline' }, frame, legend(c), m.el('div', { class: 'moment-row' }, slider, out));
    new ResizeObserver(redraw).observe(frame);
    box.redraw = redraw;
    return box;
  };

  function legend(c) {
    const swatch = (cls, text) => m.el('li', {}, m.el('span', { class: 'swatch ' + cls, 'aria-hidden': 'true' }), text);
    return m.el('ul', { class: 'legend' }, m.layers(c).map((l) => swatch(l.cls, l.name)),
      c.faults.length > 0 && swatch('fault', 'fault holds'), c.windows.length > 0 && swatch('outage', 'outage'),
      c.predicted && swatch('predicted', 'recovery predicted'), c.rto !== null && swatch('rto', c.rtoText));
  }
})(globalThis.muster);

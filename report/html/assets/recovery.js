// The recovery bound as two stacked bars, at least and at most, of the same named terms.
(function (m) {
  'use strict';

  m.recoveryView = (r) => {
    const upper = m.ms(r.upper), lower = m.ms(r.lower);
    const head = m.el('h4', {}, 'Recovery');
    if (r.terms.length === 0) {
      return m.el('div', { class: 'part recovery' }, head, m.el('p', {}, upper > 0 ? m.duration(lower) + ' to ' + m.duration(upper) : 'nothing to wait for: the outcome holds at once'));
    }
    const span = Math.max(upper, d3.sum(r.terms, (t) => t.hi), 1);
    const x = d3.scaleLinear([0, span], [0, 400]);
    // d3.stack wants one row per bar and one key per term; terms may share a name.
    const rows = [Object.fromEntries(r.terms.map((t, i) => [i, t.lo])), Object.fromEntries(r.terms.map((t, i) => [i, t.hi]))];
    const series = d3.stack().keys(r.terms.map((_, i) => i))(rows);
    const picture = m.svg('svg', { class: 'stack', viewBox: '0 0 466 58', role: 'img', 'aria-label': 'Recovery takes ' + m.duration(lower) + ' to ' + m.duration(upper) + ': ' + r.terms.map((t) => t.name + ' ' + m.duration(t.lo) + ' to ' + m.duration(t.hi)).join(', ') });
    ['at least', 'at most'].forEach((text, i) => picture.append(m.svg('text', { class: 'axis', x: 0, y: 18 + i * 26 }, text)));
    for (const s of series) {
      s.forEach(([a, b], i) => {
        if (b <= a) return;
        picture.append(m.svg('rect', { class: 'term t' + s.index % 6, x: 64 + x(a) + 1, y: 4 + i * 26, width: Math.max(1, x(b) - x(a) - 1), height: 20, 'data-term': r.terms[s.index].name }, m.svg('title', {}, r.terms[s.index].name + ' ' + m.duration(b - a))));
        if (x(b) - x(a) > 26) picture.append(m.svg('text', { class: 'term-number', x: 64 + (x(a) + x(b)) / 2, y: 18 + i * 26 }, String(s.index + 1)));
      });
    }
    return m.el('div', { class: 'part recovery' }, head, m.el('p', {}, m.el('strong', {}, m.duration(lower) + ' to ' + m.duration(upper)), ' from the fault until this holds'), picture,
      m.el('ol', { class: 'terms' }, r.terms.map((t, i) => m.el('li', {}, m.el('span', { class: 'swatch t' + i % 6, 'aria-hidden': 'true' }), ' ', t.name, ' ', m.el('span', { class: 'figure' }, t.lo === t.hi ? m.duration(t.hi) : m.duration(t.lo) + ' to ' + m.duration(t.hi)), m.where(t.position)))));
  };
})(globalThis.muster);

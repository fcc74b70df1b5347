// The head of the page: what it is, the sum in one look, the way to each part.
(function (m) {
  'use strict';

  m.header = (title, subtitle, parts) => {
    const themes = [['auto', 'System'], ['light', 'Light'], ['dark', 'Dark']];
    m.id('top').append(m.el('div', { class: 'bar' },
      m.el('div', { class: 'brand' }, m.el('h1', {}, m.el('span', { class: 'word' }, 'muster'), ' ', m.el('span', { class: 'what' }, title)), subtitle && m.el('p', {}, subtitle)),
      m.el('nav', { 'aria-label': 'Parts of the report' }, m.el('ul', {}, parts.map(([id, text]) => m.el('li', {}, m.el('a', { href: '#' + id }, text))))),
      m.choice('Theme', 'theme', themes, m.theme.get(), (v) => m.theme.set(v))));
  };

  m.footer = (tool) => m.id('foot').append(m.el('p', {}, 'Written by ' + tool.name + ' ' + tool.version +
    '. The predictions rest on the configuration that was read and on the semantics of the meshes; this page holds all of its data and makes no requests.'));

  // bar shows counts of outcomes as one bar, and as words.
  m.outcomeBar = (counts) => {
    const names = ['survives', 'degraded', 'lost', 'unknown'].filter((n) => counts[n] > 0);
    const total = names.reduce((sum, n) => sum + counts[n], 0);
    const bar = m.svg('svg', { class: 'outcome-bar', viewBox: '0 0 1000 14', preserveAspectRatio: 'none', 'aria-hidden': 'true' });
    const x = d3.scaleLinear([0, total], [0, 1000]);
    let at = 0;
    for (const n of names) {
      bar.append(m.svg('rect', { class: 'fill-' + n, x: x(at), y: 0, width: Math.max(2, x(counts[n]) - 2), height: 14 }));
      at += counts[n];
    }
    return m.el('div', { class: 'tally' }, bar, m.el('ul', { class: 'legend' }, names.map((n) => m.el('li', {}, m.badge(n, m.word(counts[n], n))))));
  };

  m.overview = (d) => {
    const s = d.summary, cells = { survives: s.cells.survives, degraded: s.cells.degraded, lost: s.cells.lost, unknown: s.cells.unknown };
    const total = Object.values(cells).reduce((a, b) => a + b, 0);
    const tile = (n, what, cls) => m.el('li', { class: 'sum ' + cls }, m.el('strong', {}, n.toLocaleString('en-US')), ' ', m.el('span', {}, what));
    const gaps = m.gaps(d.inputs);
    return m.section('overview', 'Overview', '',
      gaps > 0 && m.el('p', { class: 'notice' }, m.el('strong', {}, 'Not everything was audited: '), m.count(gaps, 'input'), ' could not be read, rendered or evaluated. ', m.el('a', { href: '#inputs' }, 'What is missing')),
      m.el('ul', { class: 'sums' }, tile(s.error, s.error === 1 ? 'error' : 'errors', 'error'), tile(s.warning, s.warning === 1 ? 'warning' : 'warnings', 'warning'), tile(s.note, s.note === 1 ? 'note' : 'notes', 'note'),
        s.suppressed > 0 && tile(s.suppressed, 'accepted', 'note'), tile(d.services.length, 'services', 'other'), tile(d.clusters.length, d.clusters.length === 1 ? 'cluster' : 'clusters', 'other'), tile(total, 'predictions', 'other')),
      total > 0 && m.outcomeBar(cells));
  };
})(globalThis.muster);

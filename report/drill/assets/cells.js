// The cells: a table of all, and each in full, drawn when it is unfolded.
(function (m) {
  'use strict';
  const open = 4; // how many cells are unfolded at first

  m.driftCard = (d) => m.el('li', { class: 'drift' },
    m.el('div', { class: 'drift-head' }, m.tag(d.severity), ' ', m.el('strong', {}, d.class + ' ' + d.title), d.blocks && m.el('span', { class: 'badge is-degraded' }, 'blocks the verdict')),
    m.el('p', {}, d.message),
    m.el('dl', { class: 'pairs' },
      d.expected && [m.el('dt', {}, 'Expected'), m.el('dd', {}, d.expected)], d.observed && [m.el('dt', {}, 'Observed'), m.el('dd', {}, d.observed)],
      d.at && [m.el('dt', {}, 'Decided at'), m.el('dd', {}, m.el('code', { class: 'file' }, d.at))],
      d.rules.length > 0 && [m.el('dt', {}, 'Said by the scan'), m.el('dd', {}, d.rules.join(', '))],
      d.evidence.length > 0 && [m.el('dt', {}, 'Evidence'), m.el('dd', {}, d.evidence.map((e, i) => [i > 0 && ', ', m.el('code', {}, e)]))],
      m.el('dt', {}, 'Next'), m.el('dd', {}, d.next)));

  function fill(details, cell) {
    if (details.filled) return;
    details.filled = true;
    const line = m.timeline(cell);
    details.append(m.el('div', { class: 'cell-body', tabindex: '-1', role: 'group', 'aria-label': cell.title },
      m.bullets(cell.reasons, 'reasons'),
      line,
      cell.drift.length > 0 && [m.el('h4', {}, 'Drift'), m.el('ul', { class: 'drifts' }, cell.drift.map((d) => m.driftCard(d)))],
      cell.doubts.length > 0 && [m.el('h4', {}, 'Doubts'), m.bullets(cell.doubts)],
      m.el('h4', {}, 'Expected and seen'), m.facts(cell.rows),
      cell.next.length > 0 && [m.el('h4', {}, 'What to do next'), m.bullets(cell.next)],
      m.el('p', { class: 'dim cell-id' }, m.el('code', {}, cell.id))));
    if (line.redraw) line.redraw();
  }

  m.cellsSection = (d) => {
    if (d.cells.length === 0) return m.section('cells', 'Cells', '', m.el('p', { class: 'empty' }, 'No cell was probed.'));
    const folds = d.cells.map((cell, i) => {
      const details = m.el('details', { class: 'cell-fold', id: 'cell-' + i }, m.el('summary', {}, m.verdictBadge(cell.verdict), ' ', m.el('span', { class: 'cell-title' }, cell.title), ' ', m.el('span', { class: 'dim' }, 'seen by ' + cell.source)));
      details.fill = () => fill(details, cell);
      details.addEventListener('toggle', () => { if (details.open) details.fill(); });
      return details;
    });
    const go = (i) => (e) => {
      e.preventDefault();
      folds[i].open = true;
      folds[i].fill();
      folds[i].scrollIntoView({ block: 'start' });
      folds[i].querySelector('.cell-body').focus({ preventScroll: true }); // not the summary, which the key that led here would fold again
    };
    const table = m.table('Cells', ['Cell', 'Verdict', 'Recovery', 'Failback', 'Encryption', 'Prediction'], d.cells.map((c, i) => [
      m.el('a', { href: '#cell-' + i, onclick: go(i) }, c.title), m.verdictBadge(c.verdict), m.bound(c.recovery), m.bound(c.failback), m.tag(c.proof), m.tag(c.static)]));
    folds.slice(0, open).forEach((f) => { f.open = true; });
    const section = m.section('cells', 'Cells', 'A cell is one question of the survival matrix: this service, asked by this client, in this failure.', table,
      d.left && m.el('p', { class: 'notice' }, d.left), folds);
    section.drawn = () => folds.slice(0, open).forEach((f) => f.fill());
    return section;
  };
})(globalThis.muster);

// Changes of a diff: sentences with the lines that decide, before and after side by side.
(function (m) {
  'use strict';

  m.changeNames = {
    worse: ['✗', 'worse'], unproven: ['?', 'no longer proven'], slower: ['~', 'slower'], fails: ['+', 'new, and does not survive'], better: ['✓', 'better'],
    incomplete: ['?', 'incomplete'], unchanged: ['✓', 'unchanged'],
  };
  m.changeRank = { worse: 5, fails: 4, unproven: 3, slower: 2, better: 1 };
  m.changeBadge = (change, text) => m.el('span', { class: 'badge is-' + change }, m.el('span', { 'aria-hidden': 'true' }, m.changeNames[change][0]), ' ', text || m.changeNames[change][1]);

  // diffLines shows changed lines; the signs stay, so that colour is not alone.
  m.diffLines = (lines) => lines.length > 0 && m.el('pre', { class: 'lines', tabindex: '0', 'aria-label': 'changed lines' }, m.el('code', {}, lines.map((l) =>
    m.el('span', { class: l.startsWith('+') ? 'added' : l.startsWith('-') ? 'removed' : '' }, l))));

  const gist = (g) => g.outcome === '' ? m.el('span', { class: 'dim' }, 'not there') : [m.badge(g.outcome, g.outcome === 'degraded' ? m.percent(g.failingShare) + ' fail' : g.outcome),
    m.el('span', { class: 'dim' }, [g.encryption, g.upper && g.upper !== '0s' && 'up to ' + m.duration(m.ms(g.upper))].filter(Boolean).map((x) => ' ' + x).join(','))];

  // readCell is an id as people read it.
  const readCell = (id) => {
    const [, port, subset, client, scenario, fault] = id.split('|');
    return [m.el('code', {}, scenario), ', ' + fault + ', port ' + port + (subset ? ' ' + subset : '') + ', from ', m.el('code', {}, client)];
  };

  m.changeView = (d, g, i) => {
    const details = m.el('details', { class: 'change-more' }, m.el('summary', {}, m.count(g.count, 'cell') + ', the worst on both sides'));
    details.addEventListener('toggle', () => details.fill());
    details.fill = () => { if (details.childElementCount === 1) details.append(sides(g), cells(g)); };
    return m.el('li', { class: 'finding change', id: 'change-' + i, tabindex: '-1', 'data-change': g.change },
      m.el('p', { class: 'finding-head' }, m.changeBadge(g.change), ' ', m.el('span', { class: 'level is-' + g.level }, g.level), ' ', m.el('strong', {}, d.names[g.service] || g.service), m.el('span', { class: 'dim' }, g.ports.length ? ' port ' + g.ports.join(', ') : '')),
      m.el('p', { class: 'message' }, g.message), m.where(g.inBase ? m.inBase(g.position) : g.position, g.inBase ? 'in the base: the line is gone' : ''), m.diffLines(g.lines || []), details);
  };

  const sides = (g) => m.el('div', { class: 'two' }, [['Before', g.worst.base], ['After', g.worst.head]].map(([name, cell]) => m.el('div', {}, m.el('h4', {}, name), cell ? [m.el('p', {}, m.badge(cell.outcome)), m.answerView(m.answerOfCell(cell, cell === g.worst.base))] : m.el('p', { class: 'dim' }, 'There is no such cell.'))));

  const cells = (g) => m.el('div', {}, m.table('Cells that changed', ['Cell', 'Before', 'After'], g.cells.map((c) => [readCell(c.cell), gist(c.base), gist(c.head)])),
    g.cells.length < g.count && m.el('p', { class: 'dim' }, m.count(g.count - g.cells.length, 'more cell') + ' that are no worse.'));
})(globalThis.muster);

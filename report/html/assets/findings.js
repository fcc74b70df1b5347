// The findings: what is wrong, which line decides, and which cells it spoils.
(function (m) {
  'use strict';
  const state = m.state, step = 50;
  const pages = 'https://github.com/passmuster/muster/blob/main/docs/rules/';

  m.findingsSection = (d) => {
    const rules = [...new Set(d.findings.map((f) => f.rule))].sort();
    const slug = new Map(d.findings.map((f) => [f.rule, f.slug]));
    const list = m.el('ol', { class: 'findings' }), summary = m.el('p', { class: 'dim', id: 'findings-count' });
    const more = m.button('Show more', () => { shown += step; draw(); });
    let shown = step;
    const matching = () => d.findings.map((f, i) => ({ f, i })).filter(({ f }) => (state.suppressed || !f.suppressed) && (!state.level || f.level === state.level) && (!state.rule || f.rule === state.rule) &&
      (!state.findingText || (f.rule + ' ' + f.slug + ' ' + f.message + ' ' + m.place(f.position) + ' ' + (f.service >= 0 ? d.services[f.service].name : '')).toLowerCase().includes(state.findingText)));
    const draw = () => {
      const all = matching();
      const most = m.printing ? all.length : shown;
      list.replaceChildren(...all.slice(0, most).map(({ f, i }) => view(d, f, i)));
      more.hidden = all.length <= most;
      summary.textContent = m.count(all.length, 'finding') + (all.length === d.findings.length ? '' : ' of ' + d.findings.length) + (all.length > most ? ', the first ' + most + ' shown' : '') + '.';
    };
    m.drawFindings = draw;
    m.on(['level', 'rule', 'findingText', 'suppressed'], () => { shown = step; draw(); m.tell(summary.textContent); });
    m.openFinding = (i) => {
      m.set({ level: '', rule: '', findingText: '', suppressed: state.suppressed || Boolean(d.findings[i].suppressed), open: null });
      for (const node of controls.querySelectorAll('select')) node.value = '';
      for (const node of controls.querySelectorAll('input[type=search]')) node.value = '';
      shown = Math.max(shown, matching().findIndex((x) => x.i === i) + 1);
      draw();
      const node = m.id('finding-' + i);
      node.scrollIntoView({ block: 'center' });
      node.focus({ preventScroll: true });
    };
    const controls = m.el('form', { class: 'controls', 'aria-label': 'Filters of the findings', onsubmit: (e) => e.preventDefault() },
      m.search('Find', 'finding-text', 'message, file, service', (v) => m.set({ findingText: v.trim().toLowerCase() })),
      m.select('Level', 'finding-level', [['', 'all'], ['error', 'error'], ['warning', 'warning'], ['note', 'note']], '', (v) => m.set({ level: v })),
      m.select('Rule', 'finding-rule', [['', 'all'], ...rules.map((r) => [r, r + ' ' + slug.get(r)])], '', (v) => m.set({ rule: v })),
      d.findings.some((f) => f.suppressed) && m.check('finding-suppressed', 'show accepted ones', false, (on) => m.set({ suppressed: on })));
    draw();
    return m.section('findings', 'Findings', '', d.findings.length > 0 && controls, d.findings.length > 0 ? summary : m.el('p', { class: 'empty' }, 'None.'), list, more);
  };

  function view(d, f, i) {
    const service = f.service >= 0 ? d.services[f.service].name : '';
    return m.el('li', { class: 'finding is-' + f.level, id: 'finding-' + i, tabindex: '-1' },
      m.el('p', { class: 'finding-head' }, m.el('span', { class: 'level is-' + f.level }, f.level), ' ', m.ruleLink(f), service && m.el('span', { class: 'dim' }, ' ' + service), f.suppressed && m.el('span', { class: 'level is-accepted' }, 'accepted')),
      m.el('p', { class: 'message' }, f.message), m.where(f.position) || m.el('p', { class: 'dim' }, [f.resource.kind, f.resource.namespace, f.resource.name, f.resource.cluster].filter(Boolean).join(' ')),
      f.related.length > 0 && m.el('ul', { class: 'plain related' }, f.related.map((r) => m.el('li', {}, m.el('span', { class: 'dim' }, 'see '), r.message, m.where(r.position)))),
      f.suppressed && m.el('p', { class: 'dim' }, 'Accepted: ' + [f.suppressed.reason, f.suppressed.owner && 'owner ' + f.suppressed.owner, f.suppressed.until && 'until ' + f.suppressed.until].filter(Boolean).join(', '), m.where(f.suppressed.position)),
      spots(d, f));
  }

  m.ruleLink = (f) => /^[A-Z]+[0-9]+$/.test(f.rule) ? m.el('a', { href: pages + f.rule + '.md', rel: 'noopener noreferrer' }, f.rule + ' ' + f.slug) : m.el('span', {}, f.rule + ' ' + f.slug);

  const most = 6;
  function spots(d, f) {
    if (f.spots.length === 0) return null;
    const list = [];
    for (let k = 0; k < f.spots.length; k += 3) list.push([f.spots[k], f.spots[k + 1], f.spots[k + 2]]);
    const worst = (x) => (m.outcomes[m.worst.of(x[0], x[1], -1)] || m.untouched).rank;
    list.sort((a, b) => worst(b) - worst(a));
    return m.el('div', { class: 'spoils' }, m.el('span', { class: 'dim' }, 'Spoils ' + m.count(f.cells, 'cell') + ': '), list.slice(0, most).map(([s, c]) => [
      m.button([m.el('span', { 'aria-hidden': 'true' }, m.markOf(m.worst.of(s, c, -1)) + ' '), (s === f.service ? '' : d.services[s].name + ', ') + m.columnName(d.columns[c])], () => m.openCell(s, c), { class: 'chip', 'data-service': s, 'data-column': c }), ' ']),
      list.length > most && m.el('span', { class: 'dim' }, 'and ' + (list.length - most) + ' more places'));
  }
})(globalThis.muster);

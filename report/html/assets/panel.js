// The panel of one cell of the map: every prediction behind it, those that fare alike together.
(function (m) {
  'use strict';
  const state = m.state;
  let back = null; // who had the focus before

  m.initPanel = (render) => {
    const panel = m.id('panel');
    panel.setAttribute('aria-labelledby', 'panel-title');
    m.on(['open', 'fault'], () => {
      if (!state.open) { panel.hidden = true; document.body.classList.remove('with-panel'); return; }
      if (panel.hidden) back = document.activeElement;
      panel.replaceChildren(m.el('div', { class: 'panel-bar' }, m.button('Close', close, { class: 'quiet-button', title: 'Escape closes, too' })), render(state.open));
      panel.hidden = false;
      panel.scrollTop = 0;
      document.body.classList.add('with-panel');
      m.id('panel-title').focus({ preventScroll: true });
    });
    document.addEventListener('keydown', (e) => { if (e.key === 'Escape' && state.open) { e.preventDefault(); close(); } });
  };

  function close() {
    m.set({ open: null });
    if (back && back.isConnected && !back.closest('[role="grid"]')) back.focus();
    else m.grid.focus();
    m.tell('Closed');
  }
  m.closePanel = close;

  const most = 40; // groups of a cell that are drawn at once

  m.renderSpot = ({ service, column }) => {
    const d = m.data, s = d.services[service], c = d.columns[column];
    const outcome = m.worst.of(service, column, state.fault);
    const groups = m.cellsOf(service, column, state.fault);
    const counts = m.worst.counts(service, column, state.fault);
    const total = counts.reduce((a, b) => a + b, 0), listed = groups.reduce((n, g) => n + g.count, 0);
    const findings = d.findings.map((f, i) => [f, i]).filter(([f]) => touches(f, service, column));
    m.tell(s.name + ', ' + m.columnName(c) + ': ' + (outcome || 'not touched'));
    return m.el('div', { class: 'panel-body' },
      m.el('h2', { id: 'panel-title', tabindex: '-1' }, s.name),
      m.el('p', { class: 'panel-lead' }, 'If ', m.el('strong', {}, failing(c)), ': ', m.badge(outcome), state.fault >= 0 ? ' under ' + d.faults[state.fault] : ''),
      m.el('p', { class: 'dim' }, m.count(total, 'prediction') + ': ' + d.outcomes.map((o, i) => counts[i] ? m.word(counts[i], o) : '').filter(Boolean).join(', ') + '.',
        listed < total ? ' ' + (total - listed) + ' are not listed one by one.' : ''),
      m.el('p', { class: 'actions' }, m.button('Show where traffic goes', () => {
        const faults = [...(groups[0] ? groups[0].faults : [0])];
        m.set({ open: null, service, column, flowFault: state.fault >= 0 ? state.fault : faults[0] });
        m.goTo('topology');
      })),
      findings.length > 0 && m.el('section', { class: 'panel-part' }, m.el('h3', {}, 'Findings'), m.el('ul', { class: 'plain' }, findings.slice(0, most).map(([f, i]) => m.el('li', {},
        m.button([m.el('span', { class: 'level is-' + f.level }, f.level), ' ', f.rule], () => m.openFinding(i), { class: 'link', 'data-finding': i }), ' ', m.el('span', {}, f.message), m.where(f.position))))),
      m.el('section', { class: 'panel-part' }, m.el('h3', {}, 'Predictions'), groups.slice(0, most).map((g, i) => group(g, i === 0)),
        groups.length > most && m.el('p', { class: 'dim' }, m.count(groups.length - most, 'more group') + ' of predictions that are no worse.')),
      m.el('section', { class: 'panel-part' }, m.el('h3', {}, 'Service'), aboutService(s)));
  };

  const failing = (c) => c.kind === 'today' ? 'nothing fails' : c.kind === 'release' ? 'a new version is bad' : c.kind === 'several' || c.kind === 'service' ? c.label + ' fails' : c.kind === 'copy' ? 'its own pods in ' + c.label + ' fail' : c.kind + ' ' + c.label + ' fails';
  m.failing = failing;

  const touches = (f, service, column) => {
    for (let i = 0; i < f.spots.length; i += 3) if (f.spots[i] === service && f.spots[i + 1] === column && (state.fault < 0 || f.spots[i + 2] & 1 << state.fault)) return true;
    return false;
  };

  // group is one answer and everything that gets it.
  function group(g, open) {
    const d = m.data, v = g.view;
    const faults = [...g.faults].sort().map((f) => d.faults[f]).join(', ');
    const ports = [...g.ports].sort((a, b) => a - b).join(', ');
    const subsets = [...g.subsets].map((i) => d.subsets[i]).filter(Boolean).join(', ');
    const clients = [...g.clients].map((i) => d.clients[i]);
    const from = [...new Set(clients.map((c) => c[3] || 'no known place'))].sort();
    const details = m.el('details', { class: 'answer is-' + v.outcome, open },
      m.el('summary', {}, m.badge(v.outcome, v.outcome === 'degraded' && v.failing > 0 ? m.percent(v.failing) + ' fail' : v.outcome), ' ', m.el('span', { class: 'faults' }, faults), ' ',
        m.el('span', { class: 'dim' }, 'port ' + ports + (subsets ? ', ' + subsets : '') + ', from ' + from.slice(0, 2).join(', ') + (from.length > 2 ? ' and ' + (from.length - 2) + ' more' : ''))));
    const fillIn = () => {
      if (details.childElementCount === 1) details.append(m.answerView(v), callers(clients), scenarios(g));
    };
    if (open) fillIn();
    details.fill = fillIn; // before paper, which does not wait
    details.addEventListener('toggle', fillIn);
    return details;
  }

  const callers = (list) => m.el('div', { class: 'part' }, m.el('h4', {}, m.count(list.length, 'class', 'classes') + ' of callers'),
    m.el('ul', { class: 'callers' }, list.slice(0, 60).map(([id, , , , members]) => m.el('li', {}, m.el('code', {}, id), members > 0 && m.el('span', { class: 'dim' }, ' ' + m.count(members, 'pod')))),
      list.length > 60 && m.el('li', { class: 'dim' }, 'and ' + (list.length - 60) + ' more')));

  const scenarios = (g) => m.el('div', { class: 'part' }, m.el('h4', {}, g.scenarios.size === 1 ? 'Scenario' : 'Scenarios'),
    m.el('ul', { class: 'callers' }, [...g.scenarios].slice(0, 20).map((i) => m.el('li', {}, m.el('code', {}, m.data.scenarios[i][0])))));

  function aboutService(s) {
    const runs = [s.pattern.inferred, s.pattern.rollout].filter((x, i, all) => x && all.indexOf(x) === i).join(', ');
    return m.el('div', {}, m.el('dl', { class: 'facts' },
      m.el('dt', {}, 'Id'), m.el('dd', {}, m.el('code', {}, s.id)),
      m.el('dt', {}, 'Clusters'), m.el('dd', {}, s.clusters.join(', ') || 'none'),
      m.el('dt', {}, 'Pattern'), m.el('dd', {}, (runs || 'not known') + (s.pattern.declared ? ' (declared: ' + s.pattern.declared + ')' : '')),
      m.el('dt', {}, 'Promise'), m.el('dd', {}, s.objective ? 'an objective is declared' : s.drIntent ? 'inferred from its configuration' : 'none')),
    s.pattern.evidence.length > 0 && m.el('ul', { class: 'plain' }, s.pattern.evidence.map((e) => m.el('li', {}, e.what, m.where(e.position)))));
  }
})(globalThis.muster);

// The page of a diff: the verdict, what became of cells, findings and configuration.
(function (m) {
  'use strict';
  const state = m.state;
  const order = ['worse', 'fails', 'unproven', 'slower', 'better'];

  m.diffPage = (d) => {
    d.columns = d.columns || [];
    m.header('diff', sideName(d.base) + ' → ' + sideName(d.head), [['verdict', 'Verdict'], ['changes', 'Changes'], ['map', 'Map'], ['config', 'Configuration'], ['findings', 'Findings'], ['inputs', 'Inputs']]);
    m.id('main').append(verdict(d), changes(d), map(d), config(d), findings(d), inputs(d));
    m.initPanel((open) => spot(d, open));
  };

  const sideName = (s) => s.name + (s.revision ? ' ' + s.revision.slice(0, 12) : '');

  function verdict(d) {
    const c = d.summary.cells, g = d.gate;
    const tile = (n, what) => m.el('li', { class: 'sum' }, m.el('strong', {}, n.toLocaleString('en-US')), ' ', m.el('span', {}, what));
    return m.section('verdict', 'Verdict', '', m.el('p', { class: 'verdict' }, m.changeBadge(d.verdict), m.el('span', {}, g.failed ? '✗ The change does not pass' : '✓ The change passes'), m.el('span', { class: 'dim' }, '(fails on ' + g.failOn + ')')),
      g.reasons.length > 0 && m.el('ul', { class: 'bullets' }, g.reasons.map((r) => m.el('li', {}, r))),
      m.el('ul', { class: 'sums' }, tile(c.worse, 'cells worse'), tile(c.unproven, 'no longer proven'), tile(c.slower, 'slower'), tile(c.fails, 'new that fail'), tile(c.better, 'better'), tile(c.same, 'same')),
      m.table('Both sides', ['Side', 'Errors', 'Warnings', 'Notes', 'Survive', 'Degraded', 'Lost', 'Unknown'], [['before: ' + sideName(d.base), d.base.summary], ['after: ' + sideName(d.head), d.head.summary]].map(([name, s]) =>
        [name, ...[s.error, s.warning, s.note, s.cells.survives, s.cells.degraded, s.cells.lost, s.cells.unknown].map(String)])));
  }

  function changes(d) {
    const list = m.el('ol', { class: 'findings' }), count = m.el('p', { class: 'dim' });
    let shown = 50, change = '', text = '';
    const more = m.button('Show more', () => { shown += 50; draw(); });
    const draw = () => {
      const all = d.groups.map((g, i) => ({ g, i })).filter(({ g }) => (!change || g.change === change) && (!text || (g.service + ' ' + g.message + ' ' + m.place(g.position)).toLowerCase().includes(text)));
      const most = m.printing ? all.length : shown;
      list.replaceChildren(...all.slice(0, most).map(({ g, i }) => m.changeView(d, g, i)));
      more.hidden = all.length <= most;
      count.textContent = m.count(all.length, 'change') + (all.length > most ? ', the first ' + most + ' shown' : '') + '.';
    };
    m.drawFindings = draw;
    m.openChange = (i) => {
      m.set({ open: null });
      change = ''; text = '';
      for (const node of controls.querySelectorAll('select, input')) node.value = '';
      shown = Math.max(shown, i + 1);
      draw();
      const node = m.id('change-' + i);
      node.scrollIntoView({ block: 'center' });
      node.focus({ preventScroll: true });
    };
    const tell = () => { shown = 50; draw(); m.tell(count.textContent); };
    const controls = m.el('form', { class: 'controls', 'aria-label': 'Filters of the changes', onsubmit: (e) => e.preventDefault() },
      m.search('Find', 'change-text', 'service, message, file', (v) => { text = v.trim().toLowerCase(); tell(); }),
      m.select('What became of it', 'change-kind', [['', 'all'], ...order.filter((k) => d.groups.some((g) => g.change === k)).map((k) => [k, m.changeNames[k].join(' ')])], '', (v) => { change = v; tell(); }));
    draw();
    const none = d.groups.length === 0;
    return m.section('changes', 'What became of survival', '', none ? m.el('p', { class: 'empty' }, 'No prediction changed.') : [controls, count, list, more]);
  }

  // map colours places by the worst that became of their cells.
  function map(d) {
    const at = new Map(), services = [];
    d.spots.forEach((spots, i) => {
      for (const [service, column] of spots) {
        if (!services.includes(service)) services.push(service);
        const key = service + '\u0000' + column;
        if (!at.has(key)) at.set(key, []);
        at.get(key).push(i);
      }
    });
    d.at = at;
    const worst = (list) => list.map((i) => d.groups[i].change).sort((a, b) => m.changeRank[b] - m.changeRank[a])[0];
    const columns = d.columns.map((c, i) => ({ c, i })).sort((a, b) => d3.ascending(a.c.kind, b.c.kind) || d3.ascending(a.c.label, b.c.label));
    const grid = new m.Grid({ label: 'Map of changes: services and failures', corner: 'Service' });
    m.grid = grid;
    m.on(['open'], () => grid.mark(state.open));
    if (services.length > 0) {
      grid.show({
        columns: columns.map(({ c, i }) => ({ group: m.kindNames[c.kind], label: c.label, title: m.columnName(c), key: i })),
        rows: services.map((s) => ({ key: s, name: d.names[s] || s })),
        cell: (r, c) => {
          const list = at.get(r.key + '\u0000' + c.key);
          if (!list) return { cls: 'none', mark: '·', label: r.name + ', ' + c.title + ': no change', empty: true };
          const change = worst(list);
          return { cls: change, mark: m.changeNames[change][0], label: r.name + ', ' + c.title + ': ' + m.changeNames[change][1] };
        },
        open: (r, c) => m.set({ open: { service: r.key, column: c.key } }),
        openRow: (r) => m.openChange(d.groups.findIndex((g) => g.service === r.key)),
      });
    }
    return m.section('map', 'Map of changes', 'Services and failures whose predictions changed. Choose a place to see how.', services.length > 0 ? grid.node : m.el('p', { class: 'empty' }, 'Nothing to show.'),
      services.length > 0 && m.el('ul', { class: 'legend' }, order.map((c) => m.el('li', {}, m.changeBadge(c)))));
  }

  function spot(d, { service, column }) {
    const list = d.at.get(service + '\u0000' + column) || [];
    return m.el('div', { class: 'panel-body' }, m.el('h2', { id: 'panel-title', tabindex: '-1' }, d.names[service] || service), m.el('p', { class: 'panel-lead' }, 'If ', m.el('strong', {}, m.failing(d.columns[column]))),
      m.el('ul', { class: 'plain' }, list.map((i) => {
        const g = d.groups[i], inside = d.spots[i].find(([s, c]) => s === service && c === column);
        const faults = d.faults.filter((_, f) => inside[2] & 1 << f).join(', ');
        return m.el('li', {}, m.el('p', {}, m.changeBadge(g.change), ' ' + faults), m.el('p', {}, g.message), m.where(g.inBase ? m.inBase(g.position) : g.position), m.diffLines(g.lines || []), m.el('p', { class: 'actions' }, m.button('Show this change', () => m.openChange(i), { 'data-group': i })));
      })));
  }

  function config(d) {
    const weak = d.config.filter((c) => c.weakens).length;
    const service = (s) => s.id, edge = (e) => (d.names[e.from] || e.from || 'a workload') + ' → ' + (d.names[e.to] || e.to);
    const lists = [['Services added', d.services.added.map(service)], ['Services removed', d.services.removed.map(service)], ['Calls added', d.edges.added.map(edge)], ['Calls removed', d.edges.removed.map(edge)]].filter(([, l]) => l.length > 0);
    return m.section('config', 'What muster judges by', '', d.config.length === 0 ? m.el('p', { class: 'empty' }, 'No change of objectives, suppressions, rules or policies.')
      : [weak > 0 && m.el('p', { class: 'notice' }, m.count(weak, 'change') + ' may hide findings.'), m.table('Changes of configuration', ['What', 'Change', 'Effect', 'Where'], d.config.map((c) =>
        [c.what, c.kind + ' ' + c.change, c.weakens ? '✗ weakens' : '✓ does not weaken', m.el('code', {}, m.place(c.head) || m.place(c.base) || '–')]))],
    lists.map(([title, l]) => [m.el('h3', {}, title), m.el('ul', { class: 'bullets' }, l.map((x) => m.el('li', {}, x)))]));
  }

  function findings(d) {
    const part = (title, list, base) => list.length > 0 && [m.el('h3', {}, title + ' (' + list.length + ')'), m.el('ol', { class: 'findings' }, list.map((f) => m.el('li', { class: 'finding is-' + f.level },
      m.el('p', { class: 'finding-head' }, m.el('span', { class: 'level is-' + f.level }, f.level), ' ', m.ruleLink(f), f.service && m.el('span', { class: 'dim' }, ' ' + (d.names[f.service] || f.service))),
      m.el('p', { class: 'message' }, f.message), m.where(base ? m.inBase(f.position) : f.position))))];
    const f = d.findings, none = f.new.length + f.raised.length + f.gone.length === 0;
    return m.section('findings', 'Findings', m.count(f.unchanged, 'finding') + ' did not change.', none && m.el('p', { class: 'empty' }, 'None is new, none is gone.'), part('New', f.new), part('More severe', f.raised), part('Gone', f.gone, true));
  }

  const inputs = (d) => m.section('inputs', 'Inputs', '', m.el('div', { class: 'two' }, [['Before', d.base], ['After', d.head]].map(([name, side]) => m.el('div', {}, m.el('h3', {}, name + ': ' + sideName(side)), m.inputsParts(side.inputs)))));
})(globalThis.muster);

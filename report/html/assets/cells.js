// Cells one by one: the page keeps them as lists of numbers, and reads those that somebody asks for.
(function (m) {
  'use strict';

  const marks = /[\uE000-\uE002]/g;

  // text puts the names of a service back where placeholders stand.
  m.text = (service, template) => {
    if (template.startsWith('\uE003')) return template.slice(1);
    const names = m.data.services[service].names;
    return template.replace(marks, (c) => names[c.charCodeAt(0) - 0xE000]);
  };

  // eachCell calls visit(port, subset, client, scenario, fault, answer) with the numbers of each listed cell of a service.
  m.eachCell = (service, visit) => {
    const list = m.data.cells[service];
    let port = 0, subset = 0, client = 0;
    for (let i = 0; i < list.length;) {
      if (list[i] === -1) {
        port = list[i + 1]; subset = list[i + 2]; client = list[i + 3];
        i += 4;
      } else {
        visit(port, subset, client, list[i], list[i + 1], list[i + 2]);
        i += 3;
      }
    }
  };

  // cellsOf lists the cells of a service in one column, those that fare alike together: each entry has an answer, the faults and
  // ports under which it holds, the scenarios, and the callers. The worst come first.
  m.cellsOf = (service, column, fault) => {
    const groups = new Map();
    m.eachCell(service, (port, subset, client, scenario, f, answer) => {
      if (m.data.scenarios[scenario][1] !== column || (fault >= 0 && f !== fault)) return;
      const key = answer;
      let g = groups.get(key);
      if (!g) groups.set(key, g = { answer, faults: new Set(), ports: new Set(), subsets: new Set(), scenarios: new Set(), clients: new Set(), count: 0 });
      g.faults.add(f); g.ports.add(port); g.subsets.add(subset); g.scenarios.add(scenario); g.clients.add(client);
      g.count++;
    });
    const list = [...groups.values()];
    for (const g of list) g.view = m.answerOf(service, g.answer);
    return list.sort((a, b) => m.outcomes[b.view.outcome].rank - m.outcomes[a.view.outcome].rank ||
      b.view.failing - a.view.failing || m.ms(b.view.recovery.upper) - m.ms(a.view.recovery.upper) || a.answer - b.answer);
  };

  // answerOf is what a cell says, in full.
  m.answerOf = (service, index) => {
    const d = m.data, a = d.answers[index];
    const destinations = (list) => d.destinations[list].map(([locality, cluster, at, share, encryption, id]) =>
      ({ locality, cluster, share: share / 10000, encryption, service: at === -1 ? '' : at >= 0 ? d.services[at].name : id }));
    const [lower, upper, terms] = d.recoveries[a[8]];
    return {
      outcome: d.outcomes[a[0]], reason: m.text(service, d.reasons[a[1]]), failing: a[2] / 10000, authorized: a[3] === 1,
      needed: a[4], available: a[5], before: destinations(a[6]), after: destinations(a[7]),
      recovery: { lower, upper, terms: terms.map((t) => { const [name, lo, hi, position] = d.terms[t]; return { name, lo, hi, position }; }) },
      trace: a[9] < 0 ? null : d.traces[a[9]].map((l) => m.text(service, d.lines[l])),
    };
  };

  // A cell as reports write it (of a diff), in the same terms.
  m.answerOfCell = (cell, base) => ({
    outcome: cell.outcome, reason: cell.reason, failing: cell.failingShare, authorized: cell.authorized,
    needed: cell.capacity.needed, available: cell.capacity.available,
    before: cell.before.map((d) => ({ ...d, service: d.service === cell.service ? '' : m.local(d.service) })),
    after: cell.destinations.map((d) => ({ ...d, service: d.service === cell.service ? '' : m.local(d.service) })),
    recovery: { lower: cell.recovery.lower, upper: cell.recovery.upper, terms: cell.recovery.terms.map((t) => ({ name: t.name, lo: m.ms(t.lower), hi: m.ms(t.upper), position: base ? m.inBase(t.position) : t.position })) },
    trace: cell.trace,
  });
})(globalThis.muster);

// The data of the page: what its other scripts expect of it.
(function (m) {
  'use strict';

  m.load = async () => {
    const data = await m.read();
    m.snippets = new Map((data.snippets || []).map(([file, line, text]) => [file + ':' + line, text]));
    for (const inputs of data.kind === 'report' ? [data.inputs] : [data.base.inputs, data.head.inputs]) {
      for (const list of ['unreadable', 'missing', 'notEvaluated', 'notUnderstood', 'skipped', 'rendered']) inputs[list] = inputs[list] || [];
    }
    if (data.kind === 'report') settle(data);
    return data;
  };

  function settle(data) {
    data.services.forEach((s, i) => { s.index = i; });
    const t = data.topology || {};
    data.clusters = (t.clusters || []).slice();
    const known = new Set(data.clusters.map((c) => c.name));
    for (const s of data.services) {
      for (const name of s.clusters) {
        if (known.has(name)) continue;
        known.add(name);
        data.clusters.push({ name, mesh: s.mesh, region: '', zones: [], network: '' });
      }
    }
    data.gateways = t.gateways || [];
    data.dependencies = t.dependencies || [];
    data.failover = t.failover || [];
    const external = new Set(t.external || []);
    for (const s of data.services) if (external.has(s.id)) { s.external = true; s.clusters = []; }
    data.regionOf = new Map(data.clusters.map((c) => [c.name, c.region]));
    data.byId = new Map(data.services.map((s) => [s.id, s]));
    sortColumns(data);
    m.worst = new Worst(data);
  }

  // The order of columns: kinds as the text reports have them, places by name.
  const kinds = ['today', 'region', 'cluster', 'datacenter', 'zone', 'gateway', 'copy', 'service', 'release', 'several'];
  m.kindNames = { today: 'today', region: 'region', cluster: 'cluster', datacenter: 'datacenter', zone: 'zone', gateway: 'gateway', copy: 'own copy', service: 'service', release: 'release', several: 'several' };
  m.kindHelp = {
    today: 'a normal day, nothing fails', region: 'a whole region fails', cluster: 'a cluster fails', datacenter: 'a datacenter fails',
    zone: 'a zone fails', gateway: 'a gateway fails', copy: 'the service\'s own pods of one region fail, everything around them lives',
    service: 'another service fails', release: 'a new version is bad', several: 'several things fail at once',
  };
  function sortColumns(data) {
    data.order = data.columns.map((_, i) => i).sort((a, b) => {
      const x = data.columns[a], y = data.columns[b];
      return kinds.indexOf(x.kind) - kinds.indexOf(y.kind) || (x.label < y.label ? -1 : x.label > y.label ? 1 : 0);
    });
  }
  m.columnName = (c) => c.kind === 'today' ? 'a normal day' : c.kind === 'copy' ? 'its own pods in ' + c.label : c.kind + ' ' + c.label;

  // Worst knows the worst outcome of a service in a column, over ports and callers, for one fault or all.
  class Worst {
    constructor(data) {
      this.faults = data.faults.length;
      this.rank = data.outcomes.map((o) => m.outcomes[o].rank);
      this.outcomes = data.outcomes;
      this.spots = data.heat.map((list) => {
        const at = new Map();
        for (let i = 0; i < list.length; i += 6) at.set(list[i] * this.faults + list[i + 1], list.slice(i + 2, i + 6));
        return at;
      });
    }

    // of is an outcome, or undefined where nothing touches the service. fault -1 is all of them.
    of(service, column, fault) {
      let worst = -1;
      for (let f = fault < 0 ? 0 : fault; f < (fault < 0 ? this.faults : fault + 1); f++) {
        const counts = this.spots[service].get(column * this.faults + f);
        if (!counts) continue;
        counts.forEach((n, o) => { if (n > 0 && (worst < 0 || this.rank[o] > this.rank[worst])) worst = o; });
      }
      return worst < 0 ? undefined : this.outcomes[worst];
    }

    // counts is how many cells have which outcome.
    counts(service, column, fault) {
      const sum = [0, 0, 0, 0];
      for (let f = fault < 0 ? 0 : fault; f < (fault < 0 ? this.faults : fault + 1); f++) {
        const counts = this.spots[service].get(column * this.faults + f);
        if (counts) counts.forEach((n, o) => { sum[o] += n; });
      }
      return sum;
    }
  }
})(globalThis.muster);

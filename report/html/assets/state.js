// What the reader has chosen, and who wants to know. Nothing of it leaves the page.
(function (m) {
  'use strict';

  const state = {
    fault: -1, mesh: '', namespace: '', region: '', outcome: '', text: '', kinds: null, apart: false, sort: 'worst', // the matrix
    column: -1, flowFault: 0, moment: 'after', service: -1, // the topology
    level: '', rule: '', findingText: '', suppressed: false, // the findings
    open: null, // the cell whose panel is open: {service, column}
  };
  const listeners = [];

  m.state = state;
  // on calls back when one of these members has changed.
  m.on = (names, call) => { listeners.push({ names, call }); };
  m.set = (change) => {
    const changed = Object.keys(change).filter((k) => state[k] !== change[k]);
    if (changed.length === 0) return;
    Object.assign(state, change);
    for (const l of listeners) if (l.names.some((n) => changed.includes(n))) l.call(state);
  };

  // Storage is refused on some pages that are opened from disk.
  const key = 'muster-theme';
  m.theme = {
    get() { try { return localStorage.getItem(key) || 'auto'; } catch { return 'auto'; } },
    set(name) {
      try { localStorage.setItem(key, name); } catch { /* it then holds as long as the page is open */ }
      this.apply(name);
    },
    apply(name) {
      if (name === 'auto') delete document.documentElement.dataset.theme;
      else document.documentElement.dataset.theme = name;
    },
  };
  m.theme.apply(m.theme.get());
})(globalThis.muster);

// Runs before the first paint, so that a remembered theme does not flash the other one.
/* global document, localStorage */
try {
  const theme = JSON.parse(localStorage.getItem('realtime.theme') ?? 'null');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage is denied or holds something else: the system's choice stands.
}

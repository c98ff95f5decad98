// Sets the colour scheme before the first paint; the pages take over from here.
(function () {
  var choice = null;
  try {
    choice = localStorage.getItem('netgain.theme');
  } catch {
    // Storage may be forbidden; then the system decides.
  }
  var dark =
    choice === 'dark' || (choice !== 'light' && window.matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
})();

// Runs before the first paint, so that a page kept dark never flashes white.
(() => {
  const kept = localStorage.getItem('playground.theme');
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const show = () => {
    const wanted = localStorage.getItem('playground.theme');
    document.documentElement.dataset.theme = wanted || (dark.matches ? 'dark' : 'light');
  };
  document.documentElement.dataset.theme = kept || (dark.matches ? 'dark' : 'light');
  dark.addEventListener('change', show);
})();

// @ts-check
/**
 * A plain script for the head of a page written for Zalo: `<base href="./"><script src="zmp-compat/start.js" data-app-id="1234567890"></script>`.
 * Such pages expect `window.APP_ID` and to stand under `/zapps/<id>/`; their files stay where `<base>` has already fixed them.
 */
(() => {
  const script = /** @type {HTMLScriptElement | null} */ (document.currentScript);
  const id = script?.dataset.appId ?? "";
  if (!/^[A-Za-z0-9._-]{1,128}$/.test(id)) return;
  /** @type {any} */ (window).APP_ID = id;
  const page = location.pathname.replace(/^.*\/v\/\d+\/|^.*\/pages\/\d+\//, "").replace(/(index)?\.html$/, "");
  try {
    history.replaceState(history.state, "", `/zapps/${id}/${page}${location.search}${location.hash}`);
  } catch {
    // a page without an origin of its own stays at its address
  }
})();

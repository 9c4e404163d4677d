"use strict";
(() => {
  const material = JSON.parse(document.getElementById("material").textContent);
  const charts = pilotzoneCharts(material);

  // ---- parts that are folded

  // A link into a folded part opens it, and whatever it stands in.
  const reveal = () => {
    let target = null;
    try {
      target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    } catch {
      return; // an address that is not one of ours
    }
    if (!target) return;
    const own = target.querySelector(":scope > details.part");
    for (let part = own ?? target.closest("details"); part; part = part.parentElement.closest("details")) {
      part.open = true;
    }
    target.scrollIntoView();
  };
  window.addEventListener("hashchange", reveal);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    // The address does not change where the same link is followed twice.
    if (link && link.hash === location.hash) reveal();
  });
  // A chart in a folded part may not have known its width.
  document.addEventListener("toggle", (event) => {
    if (event.target.open && event.target.querySelector(".chart")) window.dispatchEvent(new Event("resize"));
  }, true);
  // On paper nothing can be opened. The audit is not printed.
  let unfolded = [];
  window.addEventListener("beforeprint", () => {
    unfolded = [...document.querySelectorAll("details.part:not([open])")];
    for (const part of unfolded) part.open = true;
  });
  window.addEventListener("afterprint", () => {
    for (const part of unfolded) part.open = false;
    unfolded = [];
  });

  document.documentElement.classList.add("drawn");
  reveal();
  for (const tools of document.querySelectorAll(".tools")) tools.hidden = false;
  Promise.all(material.figures.map(charts.draw)).then(() => { document.documentElement.dataset.ready = "yes"; });
})();

"use strict";
// The list of runs: a button verifies one, and says what came of it beside it.
(() => {
  const line = pilotzoneLine();
  const places = new Map();
  const show = (name, text) => { places.get(name).textContent = text; };
  const begin = document.getElementById("beginning");
  begin.addEventListener("submit", async (event) => {
    event.preventDefault();
    const [kind, name] = ["begin-kind", "begin-name"].map((id) => document.getElementById(id).value);
    const answer = await line.post("/begin", { kind, name });
    const told = await answer.json();
    if (answer.ok) location.href = `/study?study=${encodeURIComponent(told.file)}`;
    else document.getElementById("begun").textContent = pilotzoneRefusal.text(told);
  });
  let current = null;
  const listen = () => {
    line.on("stage", ({ stage }) => show(current, `computing: ${stage}`));
    line.on("verified", ({ state, words }) => show(current, [state, ...words].join(". ")));
    line.on("failed", (told) => show(current, pilotzoneRefusal.text(told)));
  };
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button[data-verify]");
    if (!button) return;
    if (current === null) listen();
    else if (places.get(current).textContent.startsWith("computing")) show(current, "stopped");
    current = button.dataset.verify;
    places.set(current, button.parentElement.querySelector(".state"));
    show(current, "computing");
    const answer = await line.order("/verify", { name: current });
    if (!answer.ok) show(current, pilotzoneRefusal.text(await answer.json()));
  });
})();

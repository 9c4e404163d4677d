"use strict";
// A screen of the lab: choices on one side, what was found on the other. The address says what is chosen; every number
// and sentence comes from the server, which has them from the study.
(() => {
  const byId = (id) => document.getElementById(id);
  const study = document.querySelector(".bench").dataset.study;
  const line = pilotzoneLine();
  const material = { study, config: {}, shapes: {}, figures: [] };
  const charts = pilotzoneCharts(material);

  // ---- what is chosen

  const read = () => {
    const found = {};
    for (const [key, text] of new URLSearchParams(location.search)) {
      if (key !== "study") found[key] = JSON.parse(text);
    }
    return found;
  };
  let changes = read();
  let base = null; // what the study file says, by key; known with the first answer

  const address = () => {
    const parts = new URLSearchParams({ study });
    for (const [key, value] of Object.entries(changes)) parts.set(key, JSON.stringify(value));
    return parts.toString().replaceAll("%2F", "/");
  };

  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

  // ---- steps back and forth: the browser's own, counted so that the buttons know where they are

  if (history.state === null) history.replaceState({ step: 0 }, "");
  const buttons = () => {
    const last = Number(sessionStorage.getItem("pilotzone-last") ?? 0);
    byId("undo").disabled = history.state.step === 0;
    byId("redo").disabled = history.state.step >= last;
    byId("file").href = `/file?${address()}`;
    if (byId("atlas")) byId("atlas").href = `/map?${address()}`;
  };
  const step = () => {
    const next = history.state.step + 1;
    sessionStorage.setItem("pilotzone-last", String(next));
    history.pushState({ step: next }, "", `/study?${address()}`);
  };
  if (history.state.step === 0) sessionStorage.setItem("pilotzone-last", "0");
  window.addEventListener("popstate", () => { changes = read(); buttons(); fill(); run(); });
  const move = (steps) => {
    document.documentElement.dataset.state = "busy";
    history.go(steps);
  };
  byId("undo").addEventListener("click", () => move(-1));
  byId("redo").addEventListener("click", () => move(1));

  const chooseAll = (all) => {
    for (const [key, value] of Object.entries(all)) {
      if (base !== null && key in base && same(base[key], value)) delete changes[key];
      else changes[key] = value;
    }
    step();
    buttons();
    fill();
    run();
  };
  const choose = (key, value) => chooseAll({ [key]: value });

  // As if a field had been changed, for whoever drives the page by a program.
  window.pilotzoneChoose = choose;

  // ---- orders and news

  const busy = (stage, share = null) => {
    byId("progress").classList.remove("idle");
    byId("stage").textContent = stage;
    if (share === null) byId("share").removeAttribute("value");
    else byId("share").value = share;
  };
  const idle = (text) => {
    byId("progress").classList.add("idle");
    byId("stage").textContent = text;
    byId("result").classList.remove("waiting");
  };

  const refuse = (told) => {
    pilotzoneRefusal.show(byId("refused"), told);
    idle("Not computed");
    document.documentElement.dataset.state = "refused";
  };

  // How long an answer takes from the change to the screen, for whoever measures it: entries of performance.
  let asked = 0;
  const took = (what) => performance.measure(`pilotzone-${what}`, { start: asked, end: performance.now() });

  const ask = async (to, content = {}) => {
    asked = performance.now();
    document.documentElement.dataset.state = "busy";
    byId("refused").hidden = true;
    byId("result").classList.add("waiting");
    busy("Sent");
    const sent = line.order(to, { study, changes, ...content });
    const own = line.newest();
    let answer;
    try {
      answer = await sent;
    } catch {
      refuse(pilotzoneRefusal.silent);
      return;
    }
    const told = await answer.json();
    if (own === line.newest() && !answer.ok) refuse(told);
  };
  const run = () => ask("/run");

  const { on } = line;
  // A connection that broke is made again by the browser; what was told meanwhile may be lost.
  let broken = false;
  line.connection().addEventListener("error", () => { broken = true; });
  line.connection().addEventListener("open", () => {
    if (broken && document.documentElement.dataset.state === "busy") run();
    broken = false;
  });
  on("stage", ({ stage, share }) => busy(stage, share));
  on("answer", async (told) => {
    byId("heading").textContent = told.heading;
    document.title = `${told.brief}: ${told.heading}`;
    offer(told.choices);
    await show(told);
    if (told.number !== line.newest()) return;
    byId("result").classList.remove("waiting");
    byId("status").textContent = told.brief;
    took("answer");
  });
  on("charts", async (told) => {
    await show(told);
    if (told.number === line.newest()) took("charts");
  });
  on("whole", async (told) => {
    await show(told);
    if (told.number !== line.newest()) return;
    idle("Up to date");
    took("whole");
    document.documentElement.dataset.state = "whole";
  });
  on("written", ({ name, brief }) => {
    idle("Up to date");
    const link = document.createElement("a");
    link.href = `/runs/${encodeURIComponent(name)}/report.html`;
    link.textContent = `report of ${name}`;
    byId("kept").replaceChildren(`${brief}: `, link);
    document.documentElement.dataset.state = "written";
  });
  on("failed", refuse);
  on("stopped", () => { idle("Stopped"); document.documentElement.dataset.state = "stopped"; });
  byId("cancel").addEventListener("click", () => line.order("/cancel"));

  // ---- what was found

  // One after the other: a drawing that another one overtakes would be left half done. What is old by then is left out.
  let drawing = Promise.resolve();
  const show = (told) => {
    drawing = drawing.then(() => (told.number === line.newest() ? shown(told) : null)).catch((error) => console.error(error));
    return drawing;
  };
  const shown = async (told) => {
    const place = byId("result");
    const fresh = document.createElement("div");
    fresh.innerHTML = told.html; // made by the templates, which escape what comes from data
    // Charts stay where a new answer comes without them, until they come as well.
    const answer = place.querySelector("#answer");
    if (told.material.figures.length === 0 && answer) {
      answer.replaceWith(fresh.querySelector("#answer"));
      const tables = fresh.querySelector("#tables");
      if (tables) place.querySelector("#tables")?.replaceWith(tables);
      return;
    }
    const kept = unchanged(told.material);
    Object.assign(material, told.material);
    charts.forget();
    const room = place.getBoundingClientRect().height;
    place.style.minHeight = `${room}px`; // the page does not jump while charts are drawn
    place.replaceChildren(...fresh.childNodes);
    for (const tools of place.querySelectorAll(".tools")) tools.hidden = false;
    for (const [id, chart] of kept) {
      const empty = byId(`${id}-chart`);
      chart.setAttribute("aria-label", empty.getAttribute("aria-label"));
      empty.replaceWith(chart);
    }
    await Promise.all(material.figures.filter(({ id }) => !kept.has(id)).map(charts.draw));
    place.style.minHeight = "";
  };
  // Charts that stand on the page as they are to be drawn stay: to draw them takes longer than to compute them.
  const unchanged = (next) => {
    const before = new Map(material.figures.map((figure) => [figure.id, figure]));
    const land = same(material.shapes, next.shapes);
    const stays = (figure) => byId(`${figure.id}-chart`)?.dataset.drawn === "yes"
      && (land || !("shapes" in figure.data)) && same(before.get(figure.id), figure);
    return new Map(next.figures.filter(stays).map(({ id }) => [id, byId(`${id}-chart`)]));
  };

  // A click on a region takes it out of the comparison, or back in.
  byId("result").addEventListener("click", (event) => {
    const mark = event.target.closest(".mark-shape path");
    const code = mark?.__data__?.datum?.code;
    const units = offered.find((choice) => choice.form === "units");
    if (!code || !units || !units.options.some(([value]) => value === code)) return;
    toggle(units, code);
  });
  const value = (choice) => (choice.key in changes ? changes[choice.key] : choice.value);
  const toggle = (choice, code) => {
    const now = { ...value(choice) };
    if (code in now) delete now[code];
    else now[code] = "left out by hand in the lab";
    choose(choice.key, now);
  };

  // ---- fields

  let offered = [];
  const fields = pilotzoneFields({
    place: byId("fields"), value, toggle,
    choose: (all) => chooseAll(all),
    changed: (choice) => Object.keys(changes).some((key) => key === choice.key || key.startsWith(`${choice.key}.`)
      || (choice.form === "preset" && choice.sets.some((each) => key in each))),
  });
  const offer = (choices) => {
    if (base === null) base = {};
    for (const choice of choices) if (!(choice.key in changes)) base[choice.key] = choice.value;
    offered = choices;
    fill();
  };
  const fill = () => { if (offered.length) fields.fill(offered); };

  // ---- what is kept

  const name = byId("name");
  name.value = study.replace(/\.toml$/, "").replace(/^.*\//, "").replace(/$/, "-changed");
  byId("save").addEventListener("click", async () => {
    const answer = await line.post("/save", { study, changes, name: name.value });
    const told = await answer.json();
    if (!answer.ok) {
      refuse(told);
      return;
    }
    byId("kept").textContent = `Saved as ${told.file}. In a terminal: ${told.command}`;
  });
  byId("report").addEventListener("click", () => ask("/report", { name: name.value }));
  byId("choices").addEventListener("submit", (event) => event.preventDefault());

  buttons();
  run();
})();

"use strict";
// The map of figures: a series, a period and a region are chosen; every figure and sentence comes from the server.
(() => {
  const byId = (id) => document.getElementById(id);
  const place = document.querySelector(".atlas");
  const study = place.dataset.study;
  const parts = [...new URLSearchParams(location.search)];
  const own = new Map(parts.filter(([key]) => key.startsWith("map.")));
  const rest = parts.filter(([key]) => !key.startsWith("map."));
  byId("back").href = `/study?${new URLSearchParams(rest).toString().replaceAll("%2F", "/")}`;
  if (!place.dataset.mapped) return;
  const changes = Object.fromEntries(rest.filter(([key]) => key !== "study").map(([key, text]) => [key, JSON.parse(text)]));
  const line = pilotzoneLine();
  const material = { study, config: {}, shapes: {}, figures: [] };
  const charts = pilotzoneCharts(material);
  let atlas = null;
  let frame = 0;
  let shapes = own.get("map.shapes") ?? "";
  let region = own.get("map.region") ?? null;

  const element = (name, attributes = {}, ...content) => {
    const made = document.createElement(name);
    for (const [key, text] of Object.entries(attributes)) made.setAttribute(key, text);
    made.append(...content);
    return made;
  };

  const state = (word) => { document.documentElement.dataset.state = word; };
  const address = () => {
    const query = new URLSearchParams(rest);
    query.set("map.series", atlas.series);
    query.set("map.period", atlas.periods[frame]);
    if (region !== null) query.set("map.region", region);
    if (shapes) query.set("map.shapes", shapes);
    history.replaceState(null, "", `/map?${query.toString().replaceAll("%2F", "/")}`);
  };

  // ---- orders and news

  const refuse = (told) => {
    pilotzoneRefusal.show(byId("refused"), told);
    byId("progress").classList.add("idle");
    byId("stage").textContent = "Not computed";
    state("refused");
  };
  const ask = async (series) => {
    state("busy");
    byId("refused").hidden = true;
    byId("progress").classList.remove("idle");
    byId("stage").textContent = "Sent";
    let answer;
    try {
      answer = await line.order("/atlas", { study, changes, series, shapes });
    } catch {
      refuse(pilotzoneRefusal.silent);
      return;
    }
    if (!answer.ok) refuse(await answer.json());
  };
  line.on("stage", ({ stage }) => { byId("stage").textContent = stage; });
  line.on("failed", refuse);
  line.on("atlas", async (told) => {
    const before = atlas === null ? own.get("map.period") : atlas.periods[frame];
    atlas = told;
    const same = atlas.periods.indexOf(before);
    frame = same >= 0 ? same : atlas.begin;
    Object.assign(material, { ...told.material, figures: [] });
    charts.forget();
    byId("shown").hidden = false;
    offer();
    tell();
    list();
    await show();
    byId("progress").classList.add("idle");
    byId("stage").textContent = "Up to date";
    state("whole");
  });

  // ---- what is chosen

  const offer = () => {
    byId("series").replaceChildren(...atlas.options.map(([head, series]) =>
      element("optgroup", { label: head }, ...series.map(([name, words]) => {
        const option = element("option", { value: name }, words);
        option.selected = name === atlas.series;
        return option;
      }))));
    byId("period").max = atlas.periods.length - 1;
    byId("period").value = frame;
  };
  byId("series").addEventListener("change", () => ask(byId("series").value));
  // A file that is gone stays in the list, so that what was asked for can be told from what is there.
  if (shapes && ![...byId("shapes").options].some(({ value }) => value === shapes)) {
    byId("shapes").append(element("option", {}, shapes));
  }
  byId("shapes").value = shapes;
  byId("shapes").addEventListener("change", () => {
    shapes = byId("shapes").value;
    ask(atlas === null ? own.get("map.series") ?? "" : atlas.series);
  });
  byId("period").addEventListener("input", () => { frame = Number(byId("period").value); show(); });

  // ---- what is shown: rows of one period at a time, one drawing after the other

  const rows = ({ columns, rows: all }) => {
    const at = columns.indexOf("when");
    return { columns, rows: at < 0 ? all : all.filter((row) => row[at] === atlas.periods[frame]) };
  };
  let drawing = Promise.resolve();
  const draw = async () => {
    const [whole] = atlas.material.figures;
    if (whole === undefined) return;
    const data = Object.fromEntries(Object.entries(whole.data).map(([name, set]) => [name, rows(set)]));
    material.figures = [{ ...whole, data, title: `${whole.title}, ${atlas.periods[frame]}` }];
    await charts.draw(material.figures[0]);
    outline();
  };
  const show = () => {
    const period = atlas.periods[frame];
    byId("when").textContent = period;
    byId("period").setAttribute("aria-valuetext", period);
    byId("atlas-title").textContent = `${atlas.title}, ${period}`;
    byId("atlas-chart").setAttribute("aria-label", `Map. ${atlas.summaries[frame]}`);
    byId("regions-caption").textContent = `${atlas.title}, ${period}`;
    atlas.regions.forEach(({ figures }, k) => { byId("regions").tBodies[0].rows[k].cells[1].textContent = figures[frame]; });
    detail();
    address();
    const asked = frame;
    drawing = drawing.then(() => (asked === frame ? draw() : null)).catch((error) => console.error(error));
    return drawing;
  };
  const tell = () => {
    byId("atlas-chart").hidden = atlas.material.figures.length === 0;
    byId("reading").textContent = atlas.note;
    byId("credit").textContent = [`Source: ${atlas.sources.join("; ")}.`, atlas.credit].filter(Boolean).join(" ");
    byId("remarks").replaceChildren(...(atlas.remarks.length === 0 ? [] : [
      element("h2", {}, "About these figures"),
      element("ul", {}, ...atlas.remarks.map((text) => element("li", {}, text))),
    ]));
  };
  const list = () => {
    byId("regions").tBodies[0].replaceChildren(...atlas.regions.map(({ code, label, role, mark }) => {
      const name = element("button", { type: "button", "data-region": code }, label);
      const head = element("th", { scope: "row", "data-head": label }, name);
      return element("tr", {}, head, element("td", { class: "number" }), element("td", {}, role), element("td", {}, mark));
    }));
  };

  // ---- one region

  const choose = (code) => {
    if (!atlas.regions.some((item) => item.code === code)) return;
    region = code;
    detail();
    outline();
    address();
  };
  const outline = () => {
    for (const mark of document.querySelectorAll("#atlas-chart .mark-shape path, #atlas-chart .mark-symbol.role-mark path")) {
      mark.classList.toggle("chosen", region !== null && mark.__data__?.datum?.code === region);
    }
    for (const button of document.querySelectorAll("#regions button")) {
      button.setAttribute("aria-pressed", String(button.dataset.region === region));
    }
  };
  const table = (caption, heads, lines) => element("table", {}, element("caption", {}, caption),
    element("thead", {}, element("tr", {}, ...heads.map((text) => element("th", { scope: "col" }, text)))),
    element("tbody", {}, ...lines.map(([head, ...cells]) => element("tr", {}, element("th", { scope: "row" }, head),
      ...cells.map((text) => element("td", { class: "number" }, text))))));
  const detail = () => {
    const item = atlas.regions.find(({ code }) => code === region);
    if (item === undefined) return;
    const period = atlas.periods[frame];
    byId("region-head").textContent = item.label;
    const facts = item.facts.map(([head, text, source]) =>
      element("li", {}, element("b", {}, `${head}: `), text, ...(source ? [" ", element("span", { class: "note" }, `Source: ${source}.`)] : [])));
    const own = table(atlas.title, ["Period", "Figure"], item.figures.map((text, k) => [atlas.periods[k], text]));
    const here = [[atlas.title, item.figures[frame]], ...item.others.map(([title, texts]) => [title, texts[frame]])];
    byId("region-body").replaceChildren(
      element("p", {}, element("b", {}, "Part in the study: "), item.role, ". ", item.why),
      table(`Figures of ${period}`, ["Series", "Figure"], here),
      ...(facts.length === 0 ? [] : [element("h3", {}, "What is known about it"), element("ul", {}, ...facts)]),
      element("details", {}, element("summary", {}, "All periods"), own),
      element("p", { class: "source" }, `Source of figures: ${atlas.sources.join("; ")}.`),
    );
  };
  byId("atlas-chart").addEventListener("click", (event) => {
    const mark = event.target.closest(".mark-shape path, .mark-symbol.role-mark path");
    const code = mark?.__data__?.datum?.code;
    if (code) choose(code);
  });
  byId("regions").addEventListener("click", (event) => {
    const button = event.target.closest("button[data-region]");
    if (!button) return;
    choose(button.dataset.region);
    byId("region").focus();
  });

  ask(own.get("map.series") ?? "");
})();

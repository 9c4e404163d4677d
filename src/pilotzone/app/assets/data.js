"use strict";
// A table of one's own: it goes to the lab on this machine, comes back as rows with what cannot be read in them, and
// becomes a study file. Whatever stands in the table is put into the page as text.
(() => {
  const byId = (id) => document.getElementById(id);
  const element = (name, attributes = {}, ...content) => {
    const made = document.createElement(name);
    for (const [key, text] of Object.entries(attributes)) made.setAttribute(key, text);
    made.append(...content);
    return made;
  };
  const figure = ["outcome", "outcome"];
  const keys = [["", "left out"], ["unit", "unit"], ["period", "period"]];
  const roles = {
    zone: [...keys, figure, ["figures", "figures of this period"]],
    panel: [...keys, figure, ["cohort", "treated from, or 0 and 1"]],
    siting: [["", "left out"], ["place", "place"], ["criterion", "criterion"]],
    inclusion: [["", "left out"], ["income", "income per person"], ["total", "sum of a region"], ["people", "people it stands for"],
      ["period", "period"], ["region", "region"], ["group", "group"], ["cluster", "drawn as a whole"],
      ["zone", "1 in the zone, else 0"], ["comparison", "1 in the comparison, else 0"], ["share", "share of income of a part"]],
  };
  const kind = () => byId("kind").value;
  let table = null;
  // A table with a column for each period, or one of shares, is shown as it will be read, and waits for a yes: to this
  // file with these roles.
  let accepted = "";
  const shape = () => JSON.stringify([table.file, table.roles, form()]);
  let asked = 0;

  const state = (word, text) => {
    document.documentElement.dataset.state = word;
    byId("state").textContent = text;
  };
  const refuse = (told) => {
    pilotzoneRefusal.show(byId("refused"), told);
    state("refused", "Not read");
  };
  const post = async (to, body, type) => {
    try {
      return await fetch(to, { method: "POST", headers: { "Content-Type": type }, body });
    } catch {
      return new Response(JSON.stringify({ ...pilotzoneRefusal.silent, what: "The lab does not answer, or the file is too large for it." }), { status: 503 });
    }
  };
  const send = (to, content) => post(to, JSON.stringify(content), "application/json");

  // ---- the file

  const form = () => Object.fromEntries(["delimiter", "encoding", "sheet"].map((id) => [id, byId(id).value.trim()]));
  const keep = async (file) => {
    state("busy", `Copying ${file.name}`);
    byId("refused").hidden = true;
    const answer = await post(`/data/keep?name=${encodeURIComponent(file.name)}`, file, "application/octet-stream");
    const told = await answer.json();
    if (answer.ok) await look(told.file, null);
    else refuse(told);
  };
  const look = async (file, chosen) => {
    asked += 1;
    const own = asked;
    state("busy", `Reading ${file}`);
    byId("refused").hidden = true;
    const answer = await send("/data/look", { file, kind: kind(), roles: chosen, ...form() });
    const told = await answer.json();
    if (own !== asked) return;
    if (!answer.ok) {
      table = { file };
      refuse(told);
      return;
    }
    table = told;
    show();
    state("whole", `Read ${file}: ${told.count.toLocaleString("en")} rows, ${told.columns.length} columns`);
  };
  const fromOutside = () => { if (byId("file").files.length) keep(byId("file").files[0]); };
  const fromFolder = () => { if (byId("kept")?.value) look(byId("kept").value, null); };
  byId("file").addEventListener("change", fromOutside);
  byId("kept")?.addEventListener("change", fromFolder);
  byId("kind").addEventListener("change", () => { if (table) look(table.file, null); });
  byId("again").addEventListener("click", () => { if (table) look(table.file, null); });
  const drop = byId("drop");
  for (const name of ["dragenter", "dragover"]) {
    drop.addEventListener(name, (event) => { event.preventDefault(); drop.classList.add("over"); });
  }
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    if (event.dataTransfer.files.length) keep(event.dataTransfer.files[0]);
  });

  // ---- the table, with what the door says of it

  const show = () => {
    byId("looked").hidden = false;
    const { columns, rows, positions, findings } = table;
    const focused = document.activeElement?.id;
    const faults = new Map();
    for (const [column, row, , text] of findings) {
      const key = `${column}:${row}`;
      faults.set(key, [...(faults.get(key) ?? []), text]);
    }
    const told = (key) => (faults.has(key) ? [element("span", { class: "fault" }, faults.get(key).join(" "))] : []);
    const heads = columns.map(([name, holds, missing], k) => {
      const list = element("select", { id: `role-${k}`, "aria-label": `Role of column ${name || k + 1}` },
        ...roles[table.kind].map(([value, text]) => {
          const option = element("option", { value }, text);
          option.selected = value === table.roles[k];
          return option;
        }));
      list.addEventListener("change", () => look(table.file, columns.map((_, at) => byId(`role-${at}`).value)));
      const about = missing ? `${holds}, ${missing.toLocaleString("en")} empty` : holds;
      return element("th", { scope: "col", class: faults.has(`${k}:-1`) ? "faulty" : "" }, name, element("br"), list,
        element("span", { class: "note" }, about), ...told(`${k}:-1`));
    });
    byId("rows").tHead.replaceChildren(element("tr", {}, element("th", { scope: "col" }, "Place"), ...heads));
    byId("rows").tBodies[0].replaceChildren(...rows.map(([place, ...cells], at) =>
      element("tr", {}, element("th", { scope: "row" }, place), ...cells.map((cell, k) => {
        const key = `${k}:${positions[at]}`;
        return element("td", faults.has(key) ? { class: "faulty", id: `cell-${k}-${positions[at]}`, tabindex: "-1" } : {}, cell, ...told(key));
      }))));
    byId("looked-caption").textContent = `${table.file}: ${rows.length} of ${table.count.toLocaleString("en")} rows`;
    byId("told").replaceChildren(...table.told.map((text) => element("li", {}, text)));
    byId("summary").textContent = table.summary;
    const long = table.long ?? [];
    byId("long").hidden = long.length === 0;
    const shared = table.parts?.length > 0;
    byId("long-note").textContent = shared
      ? "A row is a population, with the share of its income that each part of its people has, the poorest part first. These are the first rows."
      : "The table has a column for each period. It is read as one row for each unit and period; these are the first rows.";
    byId("as-read-caption").textContent = shared ? "One row for each population" : "One row for each unit and period";
    byId("as-read").tHead.replaceChildren(element("tr", {}, ...(table.heads ?? []).map((head) => element("th", { scope: "col" }, head))));
    byId("as-read").tBodies[0].replaceChildren(...long.map(([unit, when, ...values]) =>
      element("tr", {}, element("th", { scope: "row" }, unit), element("td", {}, when),
        ...values.map((value) => element("td", { class: "number" }, value)))));
    const stays = accepted === shape();
    byId("accept").hidden = stays;
    byId("accepted").textContent = stays ? "You said that the table is read so." : "";
    byId("found").hidden = findings.length === 0 && table.refused === null;
    const lines = findings.map(([column, row, place, text]) => {
      const where = `${place}, ${columns[column][0] || `column ${column + 1}`}`;
      return element("li", {}, row < 0 ? where : element("a", { href: `#cell-${column}-${row}` }, where), `: ${text}`);
    });
    const refused = table.refused === null ? [] : [element("li", { id: "door" }, pilotzoneRefusal.text(table.refused))];
    byId("findings").replaceChildren(...lines, ...refused);
    if (focused) byId(focused)?.focus();
    ask();
  };

  byId("accept").addEventListener("click", () => {
    accepted = shape();
    show();
    byId("asked").querySelector("select:enabled, input:enabled")?.focus();
  });

  // ---- the study

  const options = (list, values, chosen) => {
    const before = list.value;
    list.replaceChildren(...values.map((value) => element("option", {}, value)));
    list.value = values.includes(before) ? before : chosen;
  };
  const field = (k, name, label, made, attributes = {}) => {
    const id = `${name}-${k}`;
    const input = made ?? element("input", attributes);
    input.id = id;
    return element("span", { class: "ask" }, element("label", { for: id }, label), " ", input);
  };
  const pick = (...values) => element("select", {}, ...values.map(([value, text]) => element("option", { value }, text)));
  const wide = () => table.roles.includes("figures");
  const chosen = () => (wide() ? [["figures", 0]] : table.columns.map(([name], k) => [name, k])
    .filter(([, k]) => ["outcome", "criterion"].includes(table.roles[k])));
  const unit = (k) => field(k, "unit", "Unit of measure, such as t or 1e8 CNY", null, { maxlength: "80", required: "" });
  const good = (k) => field(k, "good", "Better", pick(["up", "up"], ["down", "down"]));
  const outcome = (name, k) => {
    const panel = kind() === "panel";
    const margin = element("input", { type: "number", min: "0", step: "any", required: "" });
    const part = pick(...(panel ? [["", "reported only"]] : []),
      ["development", "development"], ["environment", "environment"], ["inclusion", "inclusion"]);
    const follow = () => { margin.disabled = part.value === ""; if (margin.disabled) margin.value = ""; };
    part.addEventListener("change", follow);
    follow();
    return [
      field(k, "label", "Called", null, { maxlength: "200", required: "", value: wide() ? table.file.replace(/\.[^.]*$/, "") : name }),
      unit(k),
      field(k, "part", "Role", part),
      good(k),
      field(k, "scale", "Effects", pick(["log", panel ? "in percent: the column holds logarithms" : "in percent"], ["level", "in its unit"])),
      field(k, "margin", "Margin, percent or unit", margin),
      field(k, "why", "Why this margin", null, { maxlength: "500" }),
    ];
  };
  const criterion = (name, k) => [
    unit(k), good(k),
    field(k, "weight", "Weight, percent", null, { type: "number", min: "0", max: "100", step: "any" }),
  ];
  // What is asked of incomes follows from the columns. What is hidden is off as well: nothing in it has to be filled in.
  const askOfIncomes = () => {
    const has = (role) => kind() === "inclusion" && table.roles.includes(role);
    const shares = has("share");
    const people = !has("region") && !shares;
    const effects = has("zone") && has("period") && (has("region") || !shares);
    const asked = {
      equal: people && !has("people"), groups: has("group") && (people || effects), effects, people,
      regions: !people && !shares, shares, amounts: !shares,
    };
    for (const part of byId("incomes").querySelectorAll("[data-needs]")) {
      part.hidden = !asked[part.dataset.needs];
      if (part.matches("option")) {
        part.disabled = part.hidden;
        if (part.hidden && part.selected) part.parentElement.value = "";
      }
      for (const input of part.querySelectorAll("input, select")) input.disabled = input.closest("[data-needs][hidden]") !== null;
    }
    byId("incomes").disabled = kind() !== "inclusion";
    if (kind() === "inclusion") options(byId("begins"), table.periods.slice(1), table.periods[Math.floor(table.periods.length / 2)]);
  };
  const incomes = () => {
    const on = (id) => byId(id).checked && !byId(id).disabled;
    const given = (id) => (byId(id).disabled || byId(id).value.trim() === "" ? null : byId(id).value.trim());
    const about = given("claim");
    const wideShares = table.parts.length > 1;
    const columns = ["income", "total", "people", "period", "region", "group", "cluster", "zone", "comparison"];
    return {
      ...Object.fromEntries(columns.map((role) => [role, named(role) || null])),
      share: wideShares ? null : named("share") || null, shares: wideShares ? table.parts : [],
      source: byId("source").value, measure: given("measure"), equal: on("equal"),
      start: given("begins") === null ? null : Number(given("begins")),
      indices: [...byId("indices").querySelectorAll("input:checked:enabled")].map((box) => box.value),
      line: given("line") === null ? null : Number(given("line")), line_source: given("line-source"),
      claim: about === null ? null : { index: about, role: byId("claim-role").value, margin: Number(byId("claim-margin").value) },
      gap: on("gap"), quantiles: on("quantiles"), by_group: on("by-group"),
    };
  };
  const ask = () => {
    const waits = !byId("long").hidden && accepted !== shape();
    byId("asked").hidden = table.refused !== null || !(table.units.length || kind() === "inclusion") || waits;
    byId("made").textContent = "";
    byId("unmade").hidden = true;
    if (byId("asked").hidden) return;
    for (const part of document.querySelectorAll("#study [data-for]")) part.hidden = !part.dataset.for.split(" ").includes(kind());
    askOfIncomes();
    if (kind() === "zone") {
      options(byId("zone"), table.units, table.units[0]);
      options(byId("start"), table.periods, table.periods[Math.floor(table.periods.length * 0.6)]);
      options(byId("last"), table.periods, table.periods.at(-1));
    }
    const kept = new Map([...byId("outcomes").children].filter((item) => item.dataset.kind === kind()).map((item) => [item.dataset.column, item]));
    const make = kind() === "siting" ? criterion : outcome;
    byId("outcomes").replaceChildren(...chosen().map(([name, k]) => kept.get(name) ?? element("fieldset", { "data-column": name, "data-kind": kind() },
      element("legend", {}, name === "figures" && wide() ? "The figures of the table" : name), ...make(name, k))));
    const stem = table.file.replace(/\.[^.]*$/, "");
    if (!byId("name").value) byId("name").value = stem;
    if (!byId("title").value) byId("title").value = stem;
  };
  const period = (text) => (/^\d+$/.test(text) ? Number(text) : text);
  const named = (role) => table.columns[table.roles.indexOf(role)]?.[0] ?? "";
  byId("study").addEventListener("submit", async (event) => {
    event.preventDefault();
    state("busy", "Making the study file");
    byId("unmade").hidden = true;
    byId("made").textContent = "";
    const number = (text) => (text === "" ? null : Number(text));
    const asked = [...byId("outcomes").children].map((item) => {
      const value = (name) => item.querySelector(`[id^="${name}-"]`).value;
      const same = { column: item.dataset.column, unit: value("unit"), good: value("good") };
      if (kind() === "siting") return { ...same, weight: number(value("weight")) };
      return { ...same, label: value("label"), role: value("part"), scale: value("scale"), margin: number(value("margin")), why: value("why") };
    });
    const study = { title: byId("title").value, file: table.file, ...form(), ...({
      zone: () => ({
        unit: named("unit"), period: wide() ? null : named("period"), zone: byId("zone").value,
        start: period(byId("start").value), last: period(byId("last").value), outcomes: asked,
      }),
      panel: () => ({ unit: named("unit"), period: named("period"), cohort: named("cohort"), outcomes: asked }),
      siting: () => ({ place: named("place"), criteria: asked }),
      inclusion: incomes,
    })[kind()]() };
    const answer = await send("/data/make", { name: byId("name").value, kind: kind(), study });
    const told = await answer.json();
    if (!answer.ok) {
      pilotzoneRefusal.show(byId("unmade"), told);
      state("refused", "Not made");
      return;
    }
    const link = element("a", { href: `/study?study=${encodeURIComponent(told.file)}` }, `Open ${told.file}`);
    byId("made").replaceChildren("Saved. ", link, ` or run it in a terminal: ${told.command}`);
    state("written", `Made ${told.file}`);
  });

  // What was chosen before this script listened, or before the page was left and come back to.
  if (byId("file").files.length) fromOutside();
  else fromFolder();
})();

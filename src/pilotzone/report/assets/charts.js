"use strict";
// Charts and tables of a page: drawn, shown on pointing, saved as files. Used by reports and by the lab.
// `material` is what the page holds: study, config, shapes, figures; it may be changed between drawings.
const pilotzoneCharts = (material) => {
  const say = (text) => { document.getElementById("status").textContent = text; };
  const slug = (text) => text.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-+|-+$/g, "") || "report";

  // ---- charts

  // Charts are compiled here, where they are drawn, as Vega-Lite's own library does it.
  const compiled = new Map();
  const filled = (figure) => {
    if (!compiled.has(figure.id)) {
      compiled.set(figure.id, vegaLite.compile(figure.spec, { config: material.config }).spec);
    }
    const spec = structuredClone(compiled.get(figure.id));
    for (const set of spec.data) {
      if (!Object.hasOwn(figure.data, set.name)) continue;
      const { columns, rows } = figure.data[set.name];
      const records = rows.map((row) => Object.fromEntries(columns.map((name, k) => [name, row[k]])));
      set.values = set.name === "shapes"
        ? records.map((row) => ({ ...row, type: "Feature", geometry: material.shapes[row.code] }))
        : records;
    }
    return spec;
  };

  const tip = document.getElementById("tip");
  const showTip = (heads) => (_handler, event, _item, value) => {
    if (value === null || value === undefined || value === "" || typeof value !== "object") {
      tip.hidden = true;
      return;
    }
    // Text nodes only: whatever a unit is called stays text.
    const lines = Object.entries(value).filter(([, text]) => text !== "").map(([name, text]) => {
      const line = document.createElement("div");
      const head = document.createElement("b");
      head.textContent = `${heads[name]}: `;
      line.append(head, String(text));
      return line;
    });
    tip.replaceChildren(...lines);
    tip.hidden = false;
    const box = tip.getBoundingClientRect();
    const left = Math.min(event.clientX + 14, window.innerWidth - box.width - 8);
    const below = event.clientY + 16;
    const top = below + box.height > window.innerHeight ? event.clientY - box.height - 12 : below;
    tip.style.left = `${Math.max(4, left)}px`;
    tip.style.top = `${Math.max(4, top)}px`;
  };
  window.addEventListener("scroll", () => { tip.hidden = true; }, { passive: true });

  const options = { mode: "vega", ast: true, renderer: "svg", actions: false, defaultStyle: false };

  const draw = async (figure) => {
    const place = document.getElementById(`${figure.id}-chart`);
    try {
      const words = place.getAttribute("aria-label");
      await vegaEmbed(place, filled(figure), { ...options, tooltip: showTip(figure.heads) });
      // Vega calls every picture "Vega visualization"; ours are described by what they show.
      place.setAttribute("role", "img");
      place.setAttribute("aria-label", words);
      place.removeAttribute("aria-roledescription");
      // The place itself is described in words; marks without names would only be in a screen reader's way.
      place.querySelector("svg").setAttribute("aria-hidden", "true");
      place.dataset.drawn = "yes";
    } catch (error) {
      place.textContent = "This chart could not be drawn; its figures stand in the table below.";
      console.error(figure.id, error);
    }
  };

  // ---- files

  const save = (name, blob) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    say(`${name} saved`);
  };

  const broken = (text, most) => text.split(/\s+/).reduce((lines, word) => {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < most) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
    return lines;
  }, []);

  // A file of its own takes its title and its source along, at a width that does not depend on the window.
  const exported = async (figure, kind) => {
    const spec = filled(figure);
    spec.signals = (spec.signals ?? []).filter((signal) => signal.name !== "width");
    spec.signals.push({ name: "width", value: 720 });
    spec.autosize = { type: "pad" };
    spec.padding = 12;
    spec.title = {
      text: broken(figure.title, 88),
      subtitle: figure.foot.flatMap((line) => broken(line, 125)),
      anchor: "start",
      frame: "bounds",
      offset: 14,
      fontSize: 15,
      subtitleFontSize: 11,
      subtitlePadding: 6,
    };
    const room = document.createElement("div");
    document.getElementById("workshop").append(room);
    const result = await vegaEmbed(room, spec, { ...options, tooltip: false });
    try {
      const name = `${slug(`${material.study}-${figure.id}`)}.${kind}`;
      if (kind === "svg") {
        save(name, new Blob([await result.view.toSVG()], { type: "image/svg+xml" }));
      } else {
        const canvas = await result.view.toCanvas(2);
        save(name, await new Promise((done) => { canvas.toBlob(done, "image/png"); }));
      }
    } finally {
      result.finalize();
      room.remove();
    }
  };

  // A spreadsheet takes text that starts with one of these for a formula. Numbers come from data-value instead.
  const field = (text) => {
    const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };

  const csv = (table) => [...table.rows].map((row) => [...row.cells].map((cell) => {
    if (cell.dataset.value !== undefined) return cell.dataset.value;
    return field(cell.dataset.head ?? cell.textContent.trim());
  }).join(",")).join("\r\n");

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.table) {
      const table = document.getElementById(button.dataset.table);
      // The mark at the start makes spreadsheets read UTF-8.
      const blob = new Blob(["\ufeff", csv(table), "\r\n"], { type: "text/csv;charset=utf-8" });
      save(`${slug(`${material.study}-${table.id}`)}.csv`, blob);
    } else if (button.dataset.figure) {
      const figure = material.figures.find((item) => item.id === button.dataset.figure);
      exported(figure, button.dataset.as).catch((error) => {
        say("The file could not be made");
        console.error(error);
      });
    }
  });

  return { draw, forget: () => compiled.clear() };
};

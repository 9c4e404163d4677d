"use strict";
// Fields of what can be chosen: one control for each form of a choice, for mouse and keyboard. What a choice is, what it
// may be and what it is called comes from the server.
const pilotzoneFields = ({ place, changed, value, choose, toggle }) => {
  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
  const element = (name, attributes = {}, ...content) => {
    const made = document.createElement(name);
    for (const [key, text] of Object.entries(attributes)) {
      if (text !== null && text !== undefined && text !== false) made.setAttribute(key, text);
    }
    made.append(...content);
    return made;
  };
  const set = (choice, item) => choose({ [choice.key]: item });

  const pick = (choice, chosen, change, label, part = "") => {
    const list = element("select", { "aria-label": label, class: "wide", "data-part": `${choice.key}${part}` });
    if (choice.absent) list.append(element("option", { value: "null" }, "not set"));
    for (const [item, words] of choice.options) {
      const option = element("option", { value: JSON.stringify(item) }, words);
      option.selected = same(item, chosen);
      list.append(option);
    }
    list.addEventListener("change", () => change(JSON.parse(list.value)));
    return list;
  };
  const box = (choice, part, checked, words, change) => {
    const made = element("input", { type: "checkbox", "data-part": `${choice.key} ${part}` });
    made.checked = checked;
    made.addEventListener("change", () => change(made.checked));
    return element("label", {}, made, ` ${words}`);
  };
  const boxes = (choice, ...content) => element(
    "div", { class: "units", role: "group", "aria-label": choice.label, tabindex: 0 }, ...content,
  );

  // Whole percents that sum to a hundred: what is left of one that is moved is shared out in proportion, the largest
  // remainders first.
  const shared = (shares, key, percent) => {
    const others = Object.keys(shares).filter((name) => name !== key);
    const rest = 100 - percent;
    const total = others.reduce((sum, name) => sum + shares[name], 0);
    const exact = others.map((name) => (total > 0 ? rest * shares[name] / total : rest / others.length));
    const whole = exact.map(Math.floor);
    const order = others.map((_, k) => k).sort((a, b) => (exact[b] - whole[b]) - (exact[a] - whole[a]) || a - b);
    let left = rest - whole.reduce((sum, item) => sum + item, 0);
    for (const k of order) {
      if (left < 1) break;
      whole[k] += 1;
      left -= 1;
    }
    return { ...shares, [key]: percent / 100, ...Object.fromEntries(others.map((name, k) => [name, whole[k] / 100])) };
  };

  const forms = {
    one: (choice, now) => pick(choice, now, (item) => set(choice, item), choice.label),
    preset: (choice) => pick(choice, choice.value, (name) => {
      const at = choice.options.findIndex(([item]) => item === name);
      choice.value = name;
      choose(choice.sets[at]);
    }, choice.label),
    span: (choice, now) => element("span", {},
      pick(choice, now[0], (item) => set(choice, [item, value(choice)[1]]), `${choice.label}, first`, " first"),
      pick(choice, now[1], (item) => set(choice, [value(choice)[0], item]), `${choice.label}, last`, " last")),
    text: (choice, now) => {
      const field = element("input", { type: "text", "aria-label": choice.label, maxlength: 200, "data-part": choice.key });
      field.value = now ?? "";
      field.addEventListener("change", () => { if (field.value.trim()) set(choice, field.value.trim()); });
      return field;
    },
    day: (choice, now) => {
      const field = element("input", { type: "date", "aria-label": choice.label, required: "", "data-part": choice.key });
      field.value = now;
      // Digit by digit a browser tells of days in the year 2 on the way to 2018: those are not meant.
      field.addEventListener("change", () => { if (field.value > "1000") set(choice, field.value); });
      return field;
    },
    number: (choice, now) => {
      const field = element("input", {
        type: "number", "aria-label": choice.label, min: choice.least, max: choice.most, "data-part": choice.key,
        step: choice.form === "whole" ? "1" : "any",
      });
      field.value = now ?? "";
      field.addEventListener("change", () => {
        if (field.value === "" && choice.absent && !field.validity.badInput) set(choice, null);
        else if (field.value !== "" && field.checkValidity()) set(choice, Number(field.value));
        else field.reportValidity();
      });
      return element("span", {}, field, choice.unit ? ` ${choice.unit}` : "");
    },
    range: (choice) => {
      const ends = ["low", "high"].map((end, k) => {
        const made = element("input", {
          type: "number", "aria-label": `${choice.label}, ${end}`, min: choice.least, max: choice.most, step: "any",
          "data-part": `${choice.key} ${end}`,
        });
        made.value = choice.value[k];
        return made;
      });
      const change = () => {
        const wrong = ends.find((made) => made.value === "" || !made.checkValidity());
        if (wrong) { wrong.reportValidity(); return; }
        const [low, high] = ends.map((made) => Number(made.value));
        choice.value = [low, high];
        choose({ [`${choice.key}.low`]: low, [`${choice.key}.high`]: high, ...choice.sets[0] });
      };
      for (const made of ends) made.addEventListener("change", change);
      return element("span", {}, ends[0], " to ", ends[1], choice.unit ? ` ${choice.unit}` : "");
    },
    switch: (choice, now) => box(choice, "", now === true, choice.label, (on) => set(choice, on)),
    several: (choice, now) => boxes(choice, ...choice.options.map(([item, words]) => box(
      choice, item, now.includes(item), words, (on) => set(
        choice, choice.options.map(([one]) => one).filter((one) => (one === item ? on : value(choice).includes(one))),
      ),
    ))),
    units: (choice, now) => boxes(choice, ...choice.options.map(
      ([code, words]) => box(choice, code, code in now, words, () => toggle(choice, code)),
    )),
    shares: (choice, now) => element("div", { role: "group", "aria-label": choice.label },
      ...choice.options.map(([name, words]) => {
        const slider = element("input", { type: "range", min: 0, max: 100, step: 1, "data-part": `${choice.key} ${name}` });
        slider.value = String(Math.round(100 * now[name]));
        const told = element("output", {}, `${slider.value}\u00a0%`);
        slider.addEventListener("input", () => { told.textContent = `${slider.value}\u00a0%`; });
        slider.addEventListener("change", () => set(choice, shared(value(choice), name, Number(slider.value))));
        return element("label", { class: "slider" }, element("span", {}, words), slider, told);
      })),
    order: (choice, now) => {
      const names = now.length ? [...now.map(([more]) => more), now[now.length - 1][1]] : choice.options.map(([name]) => name);
      const words = new Map(choice.options);
      const moved = (from, by) => {
        const next = [...names];
        [next[from], next[from + by]] = [next[from + by], next[from]];
        set(choice, next.slice(1).map((name, k) => [next[k], name]));
      };
      const list = element("ol", { class: "order", "aria-label": choice.label });
      for (const [k, name] of names.entries()) {
        const button = (sign, by, what) => {
          const made = element("button", {
            type: "button", "aria-label": `${words.get(name)}: ${what}`, "data-part": `${choice.key} ${name} ${what}`,
            disabled: k + by < 0 || k + by >= names.length ? "" : null,
          }, sign);
          made.addEventListener("click", () => moved(k, by));
          return made;
        };
        list.append(element("li", {}, `${words.get(name)} `, button("\u2191", -1, "higher"), button("\u2193", 1, "lower")));
      }
      return list;
    },
  };
  forms.whole = forms.number;

  const field = (choice) => {
    const made = element("div", { class: `field${changed(choice) ? " changed" : ""}` });
    // A switch is its own label.
    if (choice.form !== "switch") made.append(element("span", {}, choice.label), element("br"));
    // What another choice took out of the file is not asked for any more: it goes with the next answer.
    const now = value(choice);
    made.append(forms[choice.form](choice, now === null && !choice.absent ? choice.value : now));
    if (choice.hint) made.append(element("p", { class: "hint" }, choice.hint));
    return made;
  };

  // Fields are made anew with each answer: what had the focus, and how far lists were scrolled, stays as it was.
  const fill = (choices) => {
    const focused = document.activeElement?.dataset?.part;
    const scrolled = new Map([...place.querySelectorAll(".units")].map((list) => [list.getAttribute("aria-label"), list.scrollTop]));
    const groups = new Map();
    for (const choice of choices) {
      if (!groups.has(choice.group)) groups.set(choice.group, element("fieldset", {}, element("legend", {}, choice.group)));
      groups.get(choice.group).append(field(choice));
    }
    place.replaceChildren(...groups.values());
    for (const list of place.querySelectorAll(".units")) list.scrollTop = scrolled.get(list.getAttribute("aria-label")) ?? 0;
    if (!focused) return;
    const again = place.querySelector(`[data-part="${CSS.escape(focused)}"]`);
    // A button at the end of a list is off: the other one of its row takes the focus.
    (again?.disabled ? again.parentElement.querySelector("button:enabled") : again)?.focus({ preventScroll: true });
  };
  return { fill };
};

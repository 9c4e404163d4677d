"use strict";
// A tour of six steps on the study of Guizhou: shown once to a browser that has not seen it, and by a button at any time.
(() => {
  const KEY = "pilotzone-tour";
  const STUDY = "zone/guizhou";
  const template = document.getElementById("tour-steps");
  const button = document.getElementById("tour");
  if (!template || !button) return;
  const steps = [...template.content.querySelectorAll("li")];
  const seen = {
    get: () => { try { return localStorage.getItem(KEY) !== null; } catch { return true; } },
    set: () => { try { localStorage.setItem(KEY, "seen"); } catch { /* a browser that keeps nothing asks again by button alone */ } },
  };
  const element = (name, attributes = {}, ...content) => {
    const made = document.createElement(name);
    for (const [key, text] of Object.entries(attributes)) made.setAttribute(key, text);
    made.append(...content);
    return made;
  };
  let at = 0;
  let from = null;
  const heading = element("h2", { id: "tour-head", tabindex: "-1" });
  const text = element("p", { id: "tour-text" });
  const back = element("button", { type: "button" }, "Back");
  const next = element("button", { type: "button" }, "Next");
  const end = element("button", { type: "button" }, "End the tour");
  const box = element("div", { class: "tour", role: "dialog", "aria-labelledby": "tour-head", "aria-describedby": "tour-text", hidden: "" },
    heading, text, element("p", { class: "tour-buttons" }, back, next, end));
  document.body.append(box);

  const mark = (selector) => {
    for (const item of document.querySelectorAll(".toured")) item.classList.remove("toured");
    const place = selector ? document.querySelector(selector) : null;
    if (!place) return;
    place.classList.add("toured");
    const behaviour = matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
    place.scrollIntoView({ block: "nearest", behavior: behaviour });
  };
  const show = () => {
    const step = steps[at];
    heading.textContent = `${at + 1} of ${steps.length}: ${step.querySelector("b").textContent}`;
    text.textContent = step.querySelector("span").textContent;
    back.disabled = at === 0;
    next.textContent = at === steps.length - 1 ? "Done" : "Next";
    box.hidden = false;
    mark(step.dataset.at);
    heading.focus();
  };
  const close = () => {
    box.hidden = true;
    mark(null);
    seen.set();
    from?.focus();
  };
  const open = () => {
    from = document.activeElement === document.body ? button : document.activeElement;
    at = 0;
    show();
  };
  next.addEventListener("click", () => {
    if (at === steps.length - 1) close();
    else { at += 1; show(); }
  });
  back.addEventListener("click", () => { at -= 1; show(); });
  end.addEventListener("click", close);
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
    else if (event.key === "ArrowRight" && at < steps.length - 1) { at += 1; show(); }
    else if (event.key === "ArrowLeft" && at > 0) { at -= 1; show(); }
  });
  button.addEventListener("click", open);
  if (document.querySelector(".bench")?.dataset.study === STUDY && !seen.get()) open();
})();

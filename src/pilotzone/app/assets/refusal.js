"use strict";
// Why something was not done: what is wrong, what is allowed and what to do, as the lab says them, in words of a page.
const pilotzoneRefusal = (() => {
  const lines = ({ what, allowed, todo }) =>
    [[null, what], ["Allowed", allowed], ["What to do", todo]].filter(([, text]) => text);
  const ended = (text) => (/[.!?]$/.test(text) ? text : `${text}.`);
  // In a line of text.
  const text = (told) => lines(told).map(([head, words]) => ended(head ? `${head}: ${words}` : words)).join(" ");
  // In paragraphs of a place that is there for it.
  const show = (place, told) => {
    place.replaceChildren(...lines(told).map(([head, words]) => {
      const line = document.createElement("p");
      if (head) {
        const bold = document.createElement("b");
        bold.textContent = `${head}: `;
        line.append(bold);
      }
      line.append(words);
      return line;
    }));
    place.hidden = false;
  };
  const silent = { what: "The lab does not answer.", todo: "Start it again in the terminal: pilotzone lab" };
  return { show, text, silent };
})();

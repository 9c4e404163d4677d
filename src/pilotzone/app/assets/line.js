"use strict";
// The line of a page to the lab: orders go up with a number that the page counts, and news of the newest one come down.
const pilotzoneLine = () => {
  const page = crypto.randomUUID();
  let events = null;
  let number = 0;
  const post = (to, content) => fetch(to, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ window: page, ...content }),
  });
  const order = (to, content = {}) => {
    number += 1;
    return post(to, { number, ...content });
  };
  // The connection is made when somebody listens: a page that orders nothing takes no place among the windows.
  const connection = () => (events ??= new EventSource(`/events?window=${page}`));
  const on = (name, act) => connection().addEventListener(name, (event) => {
    const told = JSON.parse(event.data);
    if (told.number === number) act(told);
  });
  return { post, order, on, connection, newest: () => number };
};

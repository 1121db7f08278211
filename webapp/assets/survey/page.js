import { copies } from "./copies.js";

const PREFIX = "hoert:page:";
const PICKED = /radio|checkbox/;

// One question of a survey that goes page by page. What is typed stays in this browser until the
// next page shows that the server has it; a press of a button without a line waits for the line.
export function keepPage(form) {
  const status = form.querySelector("[role=status]");
  const fields = [...form.elements].filter((field) => field.name.startsWith("answer."));
  const ballot = `${PREFIX}${form.elements.token.value}:`;
  const key = ballot + location.pathname;
  let pressed = null;

  const given = () => fields
    .filter((field) => (PICKED.test(field.type) ? field.checked : field.value))
    .map((field) => [field.name, field.value]);

  const restore = (copy) => {
    for (const field of fields) {
      const values = copy.given.filter((pair) => pair[0] === field.name).map((pair) => pair[1]);
      if (PICKED.test(field.type)) field.checked = values.includes(field.value);
      else field.value = values[0] || "";
    }
  };

  const copy = copies.read(key);
  if (copy && !form.querySelector("[data-problems]")) restore(copy);
  dropPages((other) => other !== key);

  form.addEventListener("input", () => copies.write(key, { given: given() }));
  form.addEventListener("click", (event) => {
    pressed = event.target.closest("button") || pressed;
  });
  form.addEventListener("submit", (event) => {
    if (navigator.onLine) return;
    event.preventDefault();
    status.textContent = status.dataset.line;
    addEventListener("online", () => {
      status.textContent = status.dataset.sending;
      if (pressed) pressed.click();
      else form.submit();
    }, { once: true });
  });
}

// Forgets the copies of pages, all or those that are meant.
export function dropPages(meant = () => true) {
  copies.keys().filter((key) => key.startsWith(PREFIX) && meant(key)).forEach(copies.drop);
}

// Typing in sheets of paper: a digit crosses a box, Enter goes on, Shift and Enter goes back.
// Without script the page is a plain form.
const form = document.querySelector("[data-entry]");

const asked = (stop) => !stop.dataset.if || document.getElementById(stop.dataset.if).checked;

// A question comes before the words for "Andet" inside it: the order of the page.
const stops = () => [...form.querySelectorAll("[data-stop]")].filter(asked);

const field = (stop) =>
  stop.matches("button") ? stop : stop.querySelector("input, textarea, select");

const here = (element) => element.closest("[data-stop]");

const go = (element, step) => {
  const all = stops();
  const next = all[all.indexOf(here(element)) + step];
  if (!next) return;
  const target = field(next);
  target.focus();
  if (target.select && target.type !== "radio" && target.type !== "checkbox") target.select();
  next.scrollIntoView({ block: "center" });
};

const boxes = (stop) => [...stop.querySelectorAll("[data-key]")];

const cross = (stop, key) => {
  const box = boxes(stop).find((one) => one.dataset.key === key);
  if (!box) return false;
  box.checked = box.type === "checkbox" ? !box.checked : true;
  box.focus();
  return true;
};

form.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  const target = event.target;
  const key = event.key;
  const stop = here(target);
  if (!stop) return;
  if (key === "Enter") {
    if (target.matches("button")) return;
    event.preventDefault();
    go(target, event.shiftKey ? -1 : 1);
    return;
  }
  if (!target.matches("[data-key]")) return;
  if (key === "Backspace" || key === "Delete") {
    boxes(stop).forEach((box) => { box.checked = false; });
    event.preventDefault();
  } else if (cross(stop, key.toLowerCase())) {
    event.preventDefault();
  }
});

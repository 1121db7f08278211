// A call is kept as it is noted: a moment after the last key, when the line is back, and when the
// page is left. Without script the page is a plain form with a button to save.
const form = document.querySelector("[data-call]");
const kept = form.querySelector("[data-kept]");
const version = form.elements.version;
const copy = `call-${form.dataset.call}`;
const PAUSE = 900;
const AGAIN = 5000;

let timer = 0;
let saving = false;
let changed = false;
let stopped = false;

const fields = () => new URLSearchParams(new FormData(form));

const tell = (words, wrong = false) => {
  kept.textContent = words;
  kept.classList.toggle("call-unkept", wrong);
};

const later = (delay) => {
  clearTimeout(timer);
  timer = setTimeout(save, delay);
};

// What the server does not have yet is kept here, until it does.
const keepHere = () => {
  const noted = fields();
  noted.delete("csrf_token");
  try {
    localStorage.setItem(copy, noted.toString());
  } catch {
    // A full or forbidden store: the server has what was saved last
  }
};

async function save() {
  if (saving || !changed || stopped) return;
  saving = true;
  changed = false;
  const body = fields();
  body.set("do", "autosave");
  try {
    const response = await fetch(location.pathname, { method: "POST", body, redirect: "manual" });
    if (response.status === 409) {
      stopped = true;
      tell("Samtalen er gemt fra en anden skærm. Tryk på Gem for at se, hvad der er nyest.", true);
    } else if (response.ok) {
      const saved = await response.json();
      version.value = saved.version;
      if (!changed) localStorage.removeItem(copy);
      const problem = Object.values(saved.problems)[0];
      tell(problem ? `Ikke alt er gemt: ${problem}` : `Gemt kl. ${saved.at}`, Boolean(problem));
    } else if (response.type === "opaqueredirect" || response.status === 403) {
      changed = true;
      tell("Du er logget ud. Log ind igen i et nyt vindue. Noterne er her stadig.", true);
      later(AGAIN);
    } else {
      throw new Error(String(response.status));
    }
  } catch {
    changed = true;
    tell("Ikke gemt endnu. Noterne er her stadig, og vi prøver igen.", true);
    later(AGAIN);
  }
  saving = false;
  if (changed) later(PAUSE);
}

const noted = () => {
  changed = true;
  keepHere();
  tell("Gemmer …");
  later(PAUSE);
};

// A tab that was closed before the server had it all.
const restore = () => {
  const there = localStorage.getItem(copy);
  if (!there) return;
  const before = new URLSearchParams(there);
  if (before.get("version") !== version.value) {
    localStorage.removeItem(copy);
    return;
  }
  for (const field of form.elements) {
    if (!field.name || field.type === "hidden" || field.type === "submit") continue;
    if (field.type === "checkbox" || field.type === "radio") {
      field.checked = before.getAll(field.name).includes(field.value);
    } else if (before.has(field.name)) {
      field.value = before.get(field.name);
    }
  }
  noted();
};

form.addEventListener("input", noted);
form.addEventListener("change", noted);
addEventListener("online", () => later(0));
document.addEventListener("visibilitychange", () => document.hidden && save());
form.addEventListener("submit", () => {
  stopped = true;
  localStorage.removeItem(copy);
});
restore();

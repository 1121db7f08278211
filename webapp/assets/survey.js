// A short instrument, one question at a time. The page is whole without this: every text, field and
// rule is in its HTML, and what is sent is the same form by the same single POST.

import { offerVoice } from "./survey/aloud.js";
import { copies, underway } from "./survey/copies.js";
import { dropPages, keepPage } from "./survey/page.js";

const PREFIX = "answer.";
const SLOWEST_RETRY = 60;

const root = document.documentElement;
const self = document.currentScript.src;
root.classList.add("starting");

// A fault of ours leaves the page that works without us
addEventListener("error", (event) => {
  if (event.filename !== self) return;
  root.classList.remove("starting", "scripted");
  document.querySelectorAll("[data-step][hidden]").forEach((step) => { step.hidden = false; });
});

const part = (id) => document.getElementById(id).content.firstElementChild.cloneNode(true);
const parts = (id) => document.getElementById(id).content.cloneNode(true);

function conduct(form) {
  const fields = [...form.elements].filter((field) => field.name.startsWith(PREFIX));
  const ballot = form.elements.ballot;
  const token = form.elements.token;
  const at = form.elements.at;
  const code = location.pathname.split("/").pop().replace(/-/g, "").toUpperCase();
  // A personal ballot is not in the page; its token tells one person's copy from another's
  const key = `hoert:${ballot.value ? code : token.value}`;
  const title = document.title;
  const intro = form.querySelector("[data-step=intro]");
  form.insertBefore(part("review"), form.querySelector(".save"));
  const review = form.querySelector("[data-step=review]");
  const status = review.querySelector("[role=status]");
  const steps = [...form.querySelectorAll("[data-step]")];
  const last = steps.length - 1;
  let current = 0;
  let sending = false;
  let sent = false;
  let leaving = false;

  // ---- What is answered

  const given = () => fields
    .filter((field) => (/radio|checkbox/.test(field.type) ? field.checked : field.value.trim()))
    .map((field) => [field.name, field.value]);

  // A screen that many people use keeps nothing of anybody
  const keep = () => document.body.dataset.kiosk || copies.write(key, {
    ballot: ballot.value, token: token.value, step: current, given: given(),
  });

  const restore = (copy) => {
    if (ballot.value) ballot.value = copy.ballot;
    token.value = copy.token;
    for (const field of fields) {
      const values = copy.given.filter((pair) => pair[0] === field.name).map((pair) => pair[1]);
      if (/radio|checkbox/.test(field.type)) field.checked = values.includes(field.value);
      else field.value = values[0] || "";
    }
    fields.forEach(follow);
  };

  const clear = (within) => {
    for (const field of fields.filter((one) => within.contains(one))) {
      if (/radio|checkbox/.test(field.type)) field.checked = false;
      else field.value = "";
    }
    fields.forEach(follow);
  };

  // ---- What follows from an answer: the words for "Andet", the choice that stands alone, the room left

  const room = (field) => field.dataset.maximum - [...field.value.trim()].length;

  const sentence = (line, left) =>
    (left < 0 ? line.dataset.over : line.dataset.left).replace("{n}", Math.abs(left));

  function follow(field) {
    const companion = field.closest("fieldset")
      ?.querySelector(`[data-companion="${CSS.escape(field.value)}"]`);
    if (companion && field.type !== "textarea") companion.hidden = !field.checked;
    if (field.dataset.maximum) {
      const left = room(field);
      const line = field.nextElementSibling;
      line.textContent = sentence(line, left);
      line.hidden = left > 200;
    }
  }

  const named = (name) => fields.filter((field) => field.name === name);

  const stand = (target) => {
    if (target.type !== "checkbox" || !target.checked) return;
    const alone = "exclusive" in target.dataset;
    for (const other of named(target.name)) {
      if (other !== target && (alone || "exclusive" in other.dataset)) other.checked = false;
    }
  };

  // ---- Which step is on show

  const labels = () => steps[current].querySelector(".step-subheading")?.textContent;

  const show = (step, focus = true) => {
    current = Math.min(Math.max(step, 0), last);
    if (current === last) fillReview();
    steps.forEach((section, index) => { section.hidden = index !== current; });
    form.classList.toggle("underway", current > 0);
    document.title = [labels() || (current === last ? review.querySelector("h2").textContent : ""), title]
      .filter(Boolean).join(" – ");
    status.textContent = "";
    if (!focus) return;
    scrollTo(0, 0);
    (current ? steps[current].querySelector(".question") : form.querySelector("h1")).focus();
  };

  const go = (step, returning = false) => {
    history.pushState({ step, before: current, returning }, "");
    show(step);
    keep();
  };

  const back = () => {
    const before = history.state?.before;
    if (before === current - 1 || before === last) history.back();
    else go(current - 1);
  };

  const onward = () => {
    const section = steps[current];
    section.querySelectorAll(".form-error-message").forEach((message) => message.remove());
    section.querySelector(".form-error")?.classList.remove("form-error");
    form.querySelector("[data-problems]")?.remove();
    if (!history.state?.returning) go(current + 1);
    else if (history.state.before === last) history.back();
    else go(last);
  };

  // The server decides what is refused. This only spares the way there and back
  const refuse = (field, why) => {
    const refused = part("refused");
    refused.querySelector("[data-text]").textContent = why;
    const section = steps[current];
    (section.querySelector("legend") || section.querySelector(".question")).after(refused);
    field.focus();
  };

  const next = () => {
    const section = steps[current];
    section.querySelector("[data-refused]")?.remove();
    const group = section.querySelector("[data-required]");
    const needed = group?.querySelector("[name]");
    const long = fields.find((one) => section.contains(one) && room(one) < 0);
    if (needed && !given().some((pair) => pair[0] === needed.name)) {
      refuse(needed, group.dataset.required);
    } else if (long && !long.closest("[hidden]")) {
      refuse(long, sentence(long.nextElementSibling, room(long)));
      long.nextElementSibling.hidden = true;
    } else {
      onward();
    }
  };

  // ---- Checking and sending

  const words = (section) => {
    const texts = [];
    for (const field of fields.filter((one) => section.contains(one))) {
      if (field.closest("[hidden]:not([data-step])") || field.closest("[data-companion]")) continue;
      if (/radio|checkbox/.test(field.type)) {
        if (field.checked) texts.push(field.labels[0].textContent);
      } else if (field.value.trim()) texts.push(field.value.trim());
    }
    return texts.join(", ");
  };

  const line = (question, answer, step) => {
    const shown = part("line");
    const answered = shown.querySelector("dd");
    shown.querySelector("dt").textContent = question;
    answered.textContent = answer || answered.dataset.skipped;
    shown.querySelector("[data-text]").textContent = question;
    shown.querySelector("button").dataset.step = step;
    return shown;
  };

  const fillReview = () => {
    const list = review.querySelector("dl");
    list.textContent = "";
    review.querySelectorAll("[data-masked], [data-care]").forEach((told) => told.remove());
    [...review.children].forEach((one) => { one.hidden = false; });
    steps.slice(1, last).forEach((section, index) => {
      const question = section.querySelector(".question").textContent;
      list.append(line(question, words(section), index + 1));
      section.querySelectorAll("[data-companion]:not([hidden])").forEach((companion) => {
        const field = companion.querySelector("[name]");
        list.append(line(field.labels[0].textContent, field.value.trim(), index + 1));
      });
    });
    if (fields.some((field) => field.type.startsWith("text") && field.value.trim())) hear(list);
  };

  // What the server has to say to what was written: what it will take out, and where help is to be
  // had. Without a line it says so when the answers are sent
  const hear = async (list) => {
    list.setAttribute("aria-busy", "true");
    const body = new URLSearchParams(new FormData(form));
    try {
      const answer = await fetch(location.href, { method: "POST", body });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const masked = page.querySelectorAll(".review dd:nth-of-type(1)");
      const shown = list.querySelectorAll("dd:nth-of-type(1)");
      const told = page.querySelector("[data-masked]");
      const help = page.querySelector("[data-care]");
      if (answer.ok && help && current === last) offer(document.importNode(help, true));
      if (answer.ok && told && masked.length === shown.length) {
        shown.forEach((place, index) => { place.textContent = masked[index].textContent; });
        list.before(document.importNode(told, true));
      }
    } catch {
      // No line
    }
    list.removeAttribute("aria-busy");
  };

  const offer = (help) => {
    [...review.children].forEach((one) => { one.hidden = true; });
    help.append(parts("cared"));
    review.prepend(help);
    help.querySelector("h1").focus();
  };

  const confirmed = (address) => {
    sent = true;
    copies.drop(key);
    location.replace(address);
  };

  // The browser's own way: shows whatever the server has to say
  const sendPlainly = () => {
    underway.set(key);
    const button = document.createElement("input");
    Object.assign(button, { type: "hidden", name: "send", value: "1" });
    form.append(button);
    form.submit();
  };

  const send = async (attempt = 1) => {
    if (sending || sent) return;
    sending = true;
    status.textContent = status.dataset.sending;
    const body = new URLSearchParams(new FormData(form));
    body.set("send", "1");
    let answer = null;
    try {
      answer = await fetch(location.href, { method: "POST", body });
    } catch {
      // No line
    }
    sending = false;
    if (answer?.redirected && answer.ok) {
      confirmed(answer.url);
    } else if (answer && answer.status < 502) {
      sendPlainly();
    } else {
      status.textContent = answer ? status.dataset.us : status.dataset.line;
      const asked = Number(answer?.headers.get("Retry-After"));
      wait(Math.min(asked || 2 ** attempt, SLOWEST_RETRY), attempt + 1);
    }
  };

  const wait = (seconds, attempt) => {
    const again = () => {
      clearTimeout(timer);
      removeEventListener("online", again);
      if (current === last) send(attempt);
    };
    const timer = setTimeout(again, seconds * 1000);
    addEventListener("online", again);
  };

  // ---- Beginning

  const doings = {
    start: () => go(1),
    resume: () => {
      const copy = copies.read(key);
      if (copy) restore(copy);
      go(copy && copy.step > 0 ? copy.step : 1);
    },
    again: () => {
      copies.drop(key);
      form.reset();
      clear(form);
      go(1);
    },
    back,
    next,
    skip: () => {
      clear(steps[current]);
      onward();
    },
    change: (button) => go(Number(button.dataset.step), true),
    cared: () => {
      form.elements.care.value = "1";
      show(last);
    },
    send: () => send(),
  };

  const dress = () => {
    for (const section of steps.slice(1, last)) {
      section.prepend(parts("back"));
      section.append(parts("onward"));
      if (section.querySelector("[data-required]")) section.querySelector("[data-do=skip]").remove();
    }
    review.prepend(parts("back"));
    for (const field of fields.filter((one) => one.dataset.maximum)) field.after(part("left"));
    fields.forEach(follow);
    form.querySelector("h1").tabIndex = -1;
  };

  const stepOf = (item) => {
    const place = steps.findIndex((section) => section.dataset.step === item
      || section.querySelector(`[name="${CSS.escape(PREFIX + item)}"]`));
    return Math.max(place, 0);
  };

  const begin = () => {
    const copy = copies.read(key);
    if ("kept" in form.dataset) {
      // Shown again by the server, with what was typed
      const step = stepOf(form.dataset.at);
      history.replaceState({ step, before: null, returning: step > 0 }, "");
      show(step, !form.querySelector("[data-problems]"));
      form.querySelector("[data-problems]")?.focus();
      keep();
    } else if (history.state?.step && copy) {
      restore(copy);
      show(history.state.step, false);
    } else {
      history.replaceState({ step: 0, before: null }, "");
      show(0, false);
    }
    if (!copies.work()) intro.append(part("not-kept"));
    intro.append(parts(copy?.given.length || given().length ? "resume" : "start"));
  };

  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-do]");
    if (button) doings[button.dataset.do](button);
    if (event.target.closest("[name=save]")) leaving = true;
    // A language is changed by the server, which gives back what was typed
    if (event.target.closest("[name=language]")) at.value = steps[current].dataset.step;
    const problem = event.target.closest("[data-problems] a");
    if (problem) {
      event.preventDefault();
      const field = document.getElementById(problem.hash.slice(1));
      show(steps.findIndex((section) => section.contains(field)), false);
      field.focus();
    }
  });
  form.addEventListener("submit", (event) => {
    if (at.value || leaving || !root.classList.contains("scripted")) return;
    event.preventDefault();
    if (current === last) send();
    else if (current) next();
  });
  form.addEventListener("input", (event) => {
    stand(event.target);
    named(event.target.name).forEach(follow);
    keep();
  });
  addEventListener("popstate", (event) => {
    show(event.state?.step || 0);
    keep();
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted && sent) location.reload();
  });
  at.value = "";
  dress();
  begin();
}

document.addEventListener("DOMContentLoaded", () => {
  copies.sweep();
  offerVoice();
  const form = document.querySelector("[data-survey]");
  const page = document.querySelector("[data-page]");
  if (page && !document.body.dataset.kiosk) keepPage(page);
  // The check page shows that the server has it all
  else if (document.querySelector(".review")) dropPages();
  if (form) {
    conduct(form);
    root.classList.add("scripted");
  } else if (document.querySelector("[data-sent]")) {
    copies.drop(underway.take());
    dropPages();
  }
  root.classList.remove("starting");
});

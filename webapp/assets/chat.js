// The chat without loading the page anew: what is said is added below, and is read out there. The
// page is whole without this: each button is a form of its own, answered with the whole page.

const HOLD = "aria-busy";

document.addEventListener("DOMContentLoaded", () => {
  const main = document.querySelector("main");
  const status = main.querySelector("[role=status]");

  const same = (one, other) =>
    one.textContent === other.textContent
    && one.classList.contains("chat-out") === other.classList.contains("chat-out");

  // The bubbles that stand stay where they are, so that only what is new is read out
  const follow = (log, fresh) => {
    const old = [...log.children];
    const next = [...fresh.children];
    let kept = 0;
    while (kept < old.length && kept < next.length && same(old[kept], next[kept])) kept += 1;
    old.forEach((bubble, at) => {
      if (at >= kept) bubble.remove();
      else if (next[at].id) bubble.id = next[at].id;
      else bubble.removeAttribute("id");
    });
    log.append(...next.slice(kept));
  };

  const show = (page) => {
    const log = main.querySelector(".chat-log");
    const behind = window.scrollY;
    follow(log, page.querySelector(".chat-log"));
    main.querySelectorAll("form").forEach((form) => form.remove());
    status.after(...page.querySelectorAll("main form"));
    const now = document.getElementById("now") || log.lastElementChild;
    const first = main.querySelector("#text") || main.querySelector(".chat-buttons button");
    window.scrollTo(0, behind);
    if (first) first.focus({ preventScroll: true });
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (now) now.scrollIntoView({ block: "start", behavior: calm ? "auto" : "smooth" });
  };

  const say = async (form, button) => {
    const data = new URLSearchParams(new FormData(form));
    if (button && button.name) data.append(button.name, button.value);
    let answer;
    try {
      const response = await fetch(location.pathname, { method: "POST", body: data });
      answer = new DOMParser().parseFromString(await response.text(), "text/html");
      if (response.status >= 500) throw new Error(response.status);
    } catch {
      status.textContent = status.dataset.waiting;
      return;
    }
    status.textContent = "";
    if (answer.querySelector(".chat-log") === null) {
      // Another page altogether, such as that the survey is over
      document.documentElement.replaceWith(document.adoptNode(answer.documentElement));
    } else if (answer.documentElement.lang !== document.documentElement.lang) {
      location.reload();
    } else {
      show(answer);
    }
  };

  if (window.self !== window.top) {
    document.documentElement.classList.add("framed");
    // The window that we stand in does not hear our keys
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape") window.parent.postMessage("hoert-close", "*");
    });
  }

  // Older browsers do not tell which button sent a form
  let pressed = null;
  main.addEventListener("click", (event) => { pressed = event.target.closest("button"); });
  main.addEventListener("submit", (event) => {
    event.preventDefault();
    if (main.getAttribute(HOLD) === "true") return;
    main.setAttribute(HOLD, "true");
    say(event.target, event.submitter || pressed).finally(() => main.removeAttribute(HOLD));
  });
});

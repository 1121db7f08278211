// A screen in a reception: begins again for the next person, after silence and with a warning. It
// keeps nothing, and a page that the browser has kept begins again too.

const WARNING = 20;
const SIGNS = ["pointerdown", "keydown", "input", "scroll", "touchstart"];

document.addEventListener("DOMContentLoaded", () => {
  const home = document.body.dataset.kiosk;
  const seconds = Number(document.body.dataset.seconds);
  const dialog = document.getElementById("there");
  const line = dialog.querySelector("[data-left]");
  const stay = dialog.querySelector("button");
  let last = Date.now();
  let told = 0;

  let clock = null;

  const over = () => {
    // Asked for again every half second, a page on a slow line would never come
    clearInterval(clock);
    location.replace(home);
  };
  const touched = () => { last = Date.now(); };

  const tick = () => {
    // Nor is who listens
    if (window.speechSynthesis && speechSynthesis.speaking) touched();
    const left = Math.ceil(seconds - (Date.now() - last) / 1000);
    if (left <= 0) {
      over();
    } else if (left > WARNING) {
      if (dialog.open) dialog.close();
    } else {
      line.textContent = left === 1 ? line.dataset.one : line.dataset.many.replace(WARNING, left);
      if (!dialog.open) {
        if (dialog.showModal) dialog.showModal();
        else dialog.setAttribute("open", "");
        stay.focus();
        told = left;
      }
      // Read out when it begins and half-way, and not every second
      line.setAttribute("aria-live", told - left >= 10 ? "polite" : "off");
    }
  };

  stay.addEventListener("click", touched);
  dialog.addEventListener("cancel", touched);
  // While the question is on show, only its answer counts: a sleeve on the screen is nobody
  SIGNS.forEach((sign) => addEventListener(sign, () => dialog.open || touched(), { passive: true }));
  if (location.pathname !== home) clock = setInterval(tick, 500);
});

addEventListener("pageshow", (event) => {
  if (event.persisted) location.replace(document.body.dataset.kiosk);
});

const PARTS = "h1, h2, legend, p, li, label, dt, dd, summary";

// The browser's own voice reads what is on show, where it has one for the language. Off until it is
// asked for, and off again on the next page.
export function offerVoice() {
  const speech = window.speechSynthesis;
  const template = document.getElementById("aloud");
  if (!speech || !template) return;
  const line = template.content.firstElementChild.cloneNode(true);
  const button = line.querySelector("button");
  const words = button.textContent;
  const language = document.documentElement.lang;

  const voice = () => speech.getVoices()
    .find((one) => one.lang.toLowerCase().split(/[-_]/)[0] === language);

  const offer = () => {
    if (voice() && !line.isConnected) document.querySelector("main").prepend(line);
  };

  const shown = (part) => part.offsetParent && !part.classList.contains("sr-only")
    && !part.querySelector(PARTS) && !part.closest("nav, button, [data-aloud]");

  const show = (reading) => {
    button.textContent = reading ? button.dataset.stop : words;
  };

  const stop = () => {
    speech.cancel();
    show(false);
  };

  const read = () => {
    const parts = [...document.querySelectorAll("main " + PARTS.replace(/, /g, ", main "))];
    const texts = parts.filter(shown).map((part) => part.textContent.trim()).filter(Boolean);
    texts.forEach((text, index) => {
      const said = new SpeechSynthesisUtterance(text);
      said.voice = voice();
      said.lang = said.voice.lang;
      if (index === texts.length - 1) said.onend = () => show(false);
      speech.speak(said);
    });
    show(true);
  };

  button.addEventListener("click", () => {
    if (button.textContent === words) read();
    else stop();
  });
  // Another question, another text
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-do], [name=language]")) stop();
  });
  addEventListener("popstate", stop);
  addEventListener("pagehide", stop);
  if (speech.addEventListener) speech.addEventListener("voiceschanged", offer);
  offer();
}

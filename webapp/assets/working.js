// A form whose answer takes seconds says that it works, and is sent once. Without script it is a
// plain form.
for (const status of document.querySelectorAll("[data-working]")) {
  const form = status.closest("form");
  const buttons = [...form.querySelectorAll("button")];
  const words = buttons.map((button) => button.textContent);
  let sent = false;

  const show = (pressed) => {
    status.textContent = sent ? status.dataset.working : "";
    buttons.forEach((button, place) => {
      button.textContent = button === pressed ? "Arbejder …" : words[place];
      button.classList.toggle("disabled", sent && button !== pressed);
      button.setAttribute("aria-disabled", String(sent));
    });
  };

  form.addEventListener("submit", (event) => {
    if (sent) {
      event.preventDefault();
      return;
    }
    sent = true;
    show(event.submitter || buttons[0]);
  });

  // Somebody who goes back to the page begins anew
  window.addEventListener("pageshow", () => {
    sent = false;
    show();
  });
}

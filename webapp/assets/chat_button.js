// The chat on another page: <script src="…/chat/button.js" data-code="K7QF2M9XTB" async></script>
// puts a link in the corner, and <a data-hoert-chat href="…/chat/K7QF2M9XTB"> is one already. Nothing
// is fetched and no cookie set before it is opened. `HOERT` is written in front of this by
// webapp/chat.py.

const script = document.currentScript;
const home = new URL(script.src).origin;

const style = (element, rules) => Object.assign(element.style, rules);

function link(code) {
  const place = document.createElement("aside");
  const made = document.createElement("a");
  place.setAttribute("aria-label", HOERT.title);
  made.href = `${home}/chat/${code}`;
  made.textContent = script.dataset.label || HOERT.label;
  made.target = "_blank";
  made.rel = "noopener";
  made.dataset.hoertChat = "";
  style(made, {
    position: "fixed",
    insetInlineEnd: "16px",
    bottom: "16px",
    zIndex: "1000",
    padding: "14px 20px",
    borderRadius: "4px",
    background: "#14506e",
    color: "#fff",
    font: "600 18px/1.2 system-ui, sans-serif",
    textDecoration: "underline",
    boxShadow: "0 2px 8px rgb(0 0 0 / 30%)",
  });
  place.append(made);
  document.body.append(place);
}

// Only where our page may stand within theirs; anywhere else the link opens it by itself
function open(address) {
  const dialog = document.createElement("dialog");
  const close = document.createElement("button");
  const frame = document.createElement("iframe");
  dialog.setAttribute("aria-label", HOERT.title);
  close.type = "button";
  close.textContent = HOERT.close;
  frame.title = HOERT.title;
  frame.src = address;
  style(dialog, {
    boxSizing: "border-box", width: "min(100vw, 480px)", maxWidth: "100vw", height: "min(100vh, 760px)",
    maxHeight: "100vh", padding: "0", border: "1px solid #747474", borderRadius: "4px",
    background: "#fff", flexDirection: "column", display: "flex",
  });
  style(close, {
    alignSelf: "flex-end", margin: "8px", padding: "10px 16px", border: "1px solid #14506e",
    borderRadius: "4px", background: "#fff", color: "#14506e", font: "600 16px/1.2 system-ui, sans-serif",
    cursor: "pointer",
  });
  style(frame, { flex: "1", width: "100%", border: "0" });
  dialog.append(close, frame);
  const heard = (event) => {
    if (event.origin === home && event.data === "hoert-close") dialog.close();
  };
  addEventListener("message", heard);
  dialog.addEventListener("close", () => {
    removeEventListener("message", heard);
    dialog.remove();
  });
  close.addEventListener("click", () => dialog.close());
  document.body.append(dialog);
  dialog.showModal();
}

function begin() {
  if (script.dataset.code) link(script.dataset.code);
  document.addEventListener("click", (event) => {
    const chosen = event.target.closest("a[data-hoert-chat]");
    const plain = event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey);
    if (!chosen || !plain || !HOERT.framedBy.includes(location.origin)) return;
    if (chosen.origin !== home || !window.HTMLDialogElement) return;
    event.preventDefault();
    open(chosen.href);
  });
}

if (document.body) begin();
else document.addEventListener("DOMContentLoaded", begin);

const COPY_LASTS = 24 * 60 * 60 * 1000;

// What was typed stays in this browser until it is sent. Storage may be blocked or full.
export const copies = {
  read(key) {
    try {
      const copy = JSON.parse(localStorage.getItem(key));
      return copy && Date.now() - copy.saved < COPY_LASTS ? copy : null;
    } catch {
      return null;
    }
  },
  write(key, copy) {
    try {
      localStorage.setItem(key, JSON.stringify({ ...copy, saved: Date.now() }));
    } catch {
      // Nothing is lost but the copy
    }
  },
  drop(key) {
    try {
      localStorage.removeItem(key);
    } catch {
      // There is none
    }
  },
  keys() {
    try {
      return Object.keys(localStorage).filter((key) => key.startsWith("hoert:"));
    } catch {
      return [];
    }
  },
  sweep() {
    copies.keys().filter((key) => !copies.read(key)).forEach(copies.drop);
  },
  // Whether this browser keeps anything at all
  work() {
    try {
      localStorage.setItem("hoert:", "");
      localStorage.removeItem("hoert:");
      return true;
    } catch {
      return false;
    }
  },
};

// Where a form that the browser itself sent came from, for the thank-you page to clear its copy.
export const underway = {
  set(key) {
    try {
      sessionStorage.setItem("hoert:underway", key);
    } catch {
      // The copy goes by its age instead
    }
  },
  take() {
    try {
      return sessionStorage.getItem("hoert:underway");
    } catch {
      return null;
    }
  },
};

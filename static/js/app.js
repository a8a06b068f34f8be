// Small comforts. Every page works without them; no clinical rule lives here.
import { likert } from "./likert.js";
import { reveal } from "./reveal.js";
import { rows } from "./rows.js";
import { suggest } from "./suggest.js";

document.documentElement.classList.add("js");

// the error summary takes the focus; a link in it focuses its control
document.querySelector("[data-focus]")?.focus();
for (const link of document.querySelectorAll(".error-summary a[href^='#']")) {
  link.addEventListener("click", (event) => {
    const target = document.getElementById(link.getAttribute("href").slice(1));
    if (target) {
      event.preventDefault();
      const details = target.closest("details");
      if (details) details.open = true;
      target.scrollIntoView({ block: "center" });
      target.focus();
    }
  });
}

// a second press of a button does nothing (the server would notice as well)
for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    const button = event.submitter;
    if (button?.dataset.busy) button.textContent = button.dataset.busy;
  });
}
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// "none of these" clears the others, and the others clear it
for (const group of document.querySelectorAll("[data-exclusive-group]")) {
  const alone = group.querySelector("[data-exclusive] input");
  const others = [...group.querySelectorAll("input[type=checkbox]")].filter((box) => box !== alone);
  if (!alone) continue;
  alone.addEventListener("change", () => {
    if (!alone.checked) return;
    for (const box of others) {
      if (box.checked) {
        box.checked = false;
        box.dispatchEvent(new Event("change", { bubbles: true }));
      }
    }
  });
  for (const box of others) box.addEventListener("change", () => { if (box.checked) alone.checked = false; });
}

// "No to all the others" fills the open rows in place, visibly, each changeable
for (const button of document.querySelectorAll("[data-fill-no]")) {
  button.addEventListener("click", (event) => {
    event.preventDefault();
    for (const row of document.querySelectorAll(".condition-row")) {
      if (!row.querySelector("input:checked")) row.querySelector("input[value=no]").checked = true;
    }
  });
}

reveal();
rows();
likert();
suggest();

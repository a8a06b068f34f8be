// PHQ-9: the running total, digits 0 to 3 while a row has the focus, and the item 9 panel. PEG: the running mean.
export function likert() {
  const matrix = document.querySelector("[data-likert]");
  if (matrix) phq9(matrix);
  peg();
}

const chosen = (row) => row.querySelector("input:checked");

function phq9(matrix) {
  const items = [...matrix.querySelectorAll(".lik-row")];
  const total = document.querySelector("[data-phq9-total]");
  const bands = matrix.dataset.bands.split("|").map((part) => part.split(":"));
  const hint = document.querySelector("[data-likert-hint]");
  if (hint && matchMedia("(pointer: fine)").matches) hint.hidden = false;

  const update = () => {
    const answers = items.map(chosen).filter(Boolean).map((input) => Number(input.value));
    const sum = answers.reduce((left, right) => left + right, 0);
    if (answers.length === items.length) {
      const band = bands.filter(([low]) => sum >= Number(low)).at(-1)[1];
      total.textContent = `PHQ-9 ${sum} of 27 · ${band}`;
    } else if (answers.length) {
      total.textContent = `PHQ-9 ${sum} so far · ${answers.length} of ${items.length} answered`;
    } else {
      total.textContent = "";
    }
  };
  matrix.addEventListener("change", update);
  matrix.addEventListener("keydown", (event) => {
    if (!/^[0-3]$/.test(event.key) || event.ctrlKey || event.altKey || event.metaKey) return;
    const row = event.target.closest(".lik-row");
    if (!row) return;
    event.preventDefault();
    const input = row.querySelector(`input[value="${event.key}"]`);
    input.checked = true;
    input.dispatchEvent(new Event("change", { bubbles: true }));
    const next = items[items.indexOf(row) + 1];
    (next ? chosen(next) ?? next.querySelector("input") : input).focus();
  });
  update();
  screener(items.at(-1));
}

function screener(item9) {
  const panel = document.querySelector("[data-screener]");
  const button = document.querySelector("[data-open-screener]");
  if (!panel) return;
  const words = panel.querySelector("[data-item9-text]");
  const alert = panel.querySelector("[data-item9-alert]");
  let opened = Boolean(panel.querySelector("input:checked, .field-error"));
  const update = () => {
    const answer = chosen(item9);
    const positive = Boolean(answer && answer.value !== "0");
    panel.hidden = !(positive || opened);
    button.closest("p").hidden = !panel.hidden;
    alert.hidden = !positive;
    panel.classList.toggle("quiet", !positive);
    if (positive) {
      const label = answer.closest("label").querySelector(".lik-words").firstChild.textContent.trim().toLowerCase();
      words.textContent = `Urgent: thoughts of death or self-harm on ${label} (item 9).`;
    }
  };
  item9.addEventListener("change", update);
  button.addEventListener("click", () => {
    opened = true;
    update();
    panel.querySelector("input").focus();
  });
  update();
}

function peg() {
  const scales = [...document.querySelectorAll("[data-scale]")];
  const mean = document.querySelector("[data-peg-total]");
  if (!mean) return;
  const update = () => {
    const values = scales.map(chosen).filter(Boolean).map((input) => Number(input.value));
    mean.textContent = values.length === 3 ? `PEG ${(values.reduce((a, b) => a + b, 0) / 3).toFixed(1)} of 10 (mean of 3)` : "";
  };
  for (const scale of scales) scale.addEventListener("change", update);
  update();
}

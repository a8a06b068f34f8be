// Lists of rows: only the filled ones and one more are shown; a button shows the next.
export function rows() {
  for (const list of document.querySelectorAll("[data-rows]")) {
    const all = [...list.querySelectorAll("[data-row]")];
    const filled = (row) => [...row.querySelectorAll("input[type=text]")].some((input) => input.value.trim());
    let shown = Math.max(1, all.findLastIndex((row) => filled(row) || row.querySelector(".field-error")) + 2);
    const update = () => all.forEach((row, place) => { row.hidden = place >= shown; });
    const add = (focus) => {
      if (shown >= all.length) return;
      shown += 1;
      update();
      if (focus) all[shown - 1].querySelector("input").focus();
    };
    document.querySelector(`[data-add-row="${list.dataset.rows}"]`)?.addEventListener("click", () => add(true));
    list.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.target.matches("input[type=text]")) {
        event.preventDefault();
        const place = all.findIndex((row) => row.contains(event.target));
        if (place === shown - 1) add(true);
        else all[place + 1].querySelector("input").focus();
      }
    });
    update();
  }
}
